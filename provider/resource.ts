import { Declaration } from "./declarations/declare";
import { Properties } from "./values";

/** One kind of resource: everything that Pulumi may ask of it, in plain values. */
export interface Resource<Inputs extends object = Properties, Outputs extends object = Properties>
  extends Declared, Behaviour<Inputs, Outputs> {}

type Name<Properties> = keyof Properties & string;
type Declared = Pick<Declaration<object>, "type" | "secrets" | "outputs">;

/** What the provider does for a kind of resource. */
export interface Behaviour<Inputs extends object, Outputs extends object> {
  /** Inputs whose change asks for another object. The old one always goes first: names and addresses collide. */
  readonly replaceOn?: readonly Name<Inputs>[];
  /** Further inputs that ask for another object because of what they change from and to. */
  replaceWhen?(before: Inputs, inputs: Inputs): readonly Name<Inputs>[];
  /** Inputs that creation alone uses; their change means nothing to what exists. */
  readonly ignore?: readonly Name<Inputs>[];

  /**
   * Fills in and judges the inputs, unknown values among them, before anything is changed. May be asked many
   * times and must not change anything.
   * @param before the inputs that the existing object was made from, if there is one
   */
  check?(inputs: Inputs, context: Context, before?: Inputs): Promise<Checked>;
  /** Further properties that no longer fit, apart from changed inputs: a certificate near its end, say. */
  differs?(outputs: Outputs, inputs: Inputs): readonly string[];
  /**
   * What an update would reveal, for its preview: unknown values stand for what will be another. Without this all stays what
   * it was.
   */
  foresee?(
    change: {
      outputs: Outputs;
      before: Inputs;
      inputs: Inputs;
      /** Why what is there may not be what the state says. */
      unproved?: string;
    },
    context: Context,
  ): Partial<Record<keyof Outputs, unknown>>;
  create(inputs: Inputs, context: Context): Promise<{ id: string; outputs: Outputs }>;
  /**
   * Looks at the real object. `inputs` says what the inputs would have to be to describe what is there: where
   * they differ from the program's, `pulumi up` will put it right. undefined: the object is gone.
   * @throws Unproved when it cannot be looked at
   */
  read?(
    id: string,
    known: { outputs: Outputs; inputs: Inputs },
    context: Context,
  ): Promise<{ outputs: Outputs; inputs: Inputs } | undefined>;
  /**
   * Brings the object to the inputs. It may be anywhere between: an update may have failed or been killed before, and
   * with other inputs than these. So what is there is looked at, and `before` only tells how to get there.
   */
  update?(
    id: string,
    change: { outputs: Outputs; before: Inputs; inputs: Inputs },
    context: Context,
  ): Promise<Outputs>;
  /**
   * How to find an object whose creation was killed, so that the state does not know it: by these inputs. What is removed
   * is what creation alone has made, and never what has been in use.
   */
  readonly traces?: {
    readonly inputs: readonly Name<Inputs>[];
    remove(inputs: Inputs, context: Context): Promise<void>;
  };
  /** Removes the object; finding it gone is success. */
  delete?(id: string, known: { outputs: Outputs; inputs: Inputs }, context: Context): Promise<void>;
}

/** What does the work for a declared kind of resource. */
export const implement = <Inputs extends object, Outputs extends object, Args extends Inputs>(
  { type, secrets, outputs }: Declaration<Inputs, Outputs, Args>,
  behaviour: Behaviour<NoInfer<Inputs>, NoInfer<Outputs>>,
): Resource<Inputs, Outputs> => ({ ...behaviour, type, secrets, outputs });

/** One of several kinds that have nothing in common but this. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each is served with what it takes itself
export type AnyResource = Resource<any, any>;

/** Inputs as they shall be kept, and what is wrong with them. */
export interface Checked {
  inputs: Properties;
  failures?: { property: string; reason: string }[];
}

/** What a resource may use while it works. */
export interface Context {
  /** Aborted when the user cancels or the engine is gone. */
  readonly signal: AbortSignal;
  /** Shows what is being done or waited for, beside the resource, until the next such line. */
  readonly status: (message: string) => void;
  /** A line that stays in the run's output. */
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  /** Runs a named part of the work and keeps its duration for those who ask (see timings.ts). */
  readonly phase: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** What waiting takes of it. */
export type Patience = Pick<Context, "signal" | "status">;

/**
 * What an object is like could not be found out. It keeps its state, as one that is not proved: the next `pulumi up`
 * updates it, whatever its inputs are.
 */
export class Unproved extends Error {}

/**
 * An object came to exist but is not finished. Pulumi then keeps it in its state as "init failed", so that the
 * next `pulumi up` continues with it instead of making another.
 */
export class PartiallyCreated extends Error {
  constructor(
    readonly id: string,
    readonly outputs: Properties,
    reason: Error,
  ) {
    super(reason.message);
  }
}
