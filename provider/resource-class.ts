import * as pulumi from "@pulumi/pulumi";
import { ATTEMPT } from "./declarations/attempt";
import { Declaration } from "./declarations/declare";

type Plain = string | number | boolean | undefined;

/** The same, of which any part may be another resource's output. */
export type Given<T> = pulumi.Input<[T] extends [Plain] ? T : { [Name in keyof T]: Given<T[Name]> }>;

/** Arguments of a resource: each may be an output, or hold some. */
export type Args<T> = { [Name in keyof T]: Given<T[Name]> };

/** What a resource shows: all its outputs, and each input that it surely has. */
type Shown<Arguments, Outputs> = pulumi.CustomResource & {
  readonly [Name in keyof Arguments as undefined extends Arguments[Name] ? never : Name]: pulumi.Output<
    Arguments[Name]
  >;
} & { readonly [Name in keyof Outputs]-?: pulumi.Output<Outputs[Name]> };

/** The program's class of a resource. */
export type ResourceClass<Arguments, Outputs, Reasons extends unknown[] = []> = new (
  name: string,
  args: Args<Arguments>,
  opts?: pulumi.CustomResourceOptions,
  ...reasons: Reasons
) => Shown<Arguments, Outputs>;

/**
 * The class by which the program asks for a resource of the provider. Its secrets are named to the engine as well as by the
 * provider: they stay secret then, whatever else happens to the state.
 */
export function resourceClass<Inputs extends object, Outputs extends object, Arguments extends Inputs>(
  declaration: Declaration<Inputs, Outputs, Arguments>,
): ResourceClass<Arguments, Outputs> {
  return class extends pulumi.CustomResource {
    constructor(name: string, args: object, opts?: pulumi.CustomResourceOptions) {
      super(declaration.type, name, propertiesOf(declaration, args), optionsOf(declaration, opts));
    }
  } as unknown as ResourceClass<Arguments, Outputs>;
}

/** Writes into the state that a resource is going to be changed, before it is; see provider/resources/attempt.ts. */
class Attempt extends resourceClass(ATTEMPT) {}

/**
 * Likewise, of a resource whose changes are in the state before they begin, and until they are proved. The last argument of
 * its constructor has reasons for another attempt that are no inputs.
 */
export function attemptedClass<Inputs extends object, Outputs extends object, Arguments extends Inputs>(
  declaration: Declaration<Inputs, Outputs, Arguments>,
): ResourceClass<Arguments, Outputs & Attempted, [reasons?: pulumi.Inputs]> {
  const { type } = declaration;
  return class extends pulumi.CustomResource {
    constructor(
      name: string,
      args: object,
      opts?: pulumi.CustomResourceOptions,
      reasons: pulumi.Inputs = {},
    ) {
      const inputs = propertiesOf(declaration, args);
      const target = { type, inputs: { ...inputs, ...reasons } };
      // A host's name has no dot in it.
      const place = `${name}.${type.split(":").pop()}`;
      const { nonce } = new Attempt(place, { target }, { parent: opts?.parent });
      super(type, name, { ...inputs, attempt: nonce }, optionsOf(declaration, opts));
    }
  } as unknown as ResourceClass<Arguments, Outputs & Attempted, [reasons?: pulumi.Inputs]>;
}

interface Attempted {
  /** Another one for each change of the resource. */
  attempt: string;
}

/** Outputs are properties from the start, without a value; secrets are marked. */
function propertiesOf({ outputs, secrets }: Declaration<object>, args: object): pulumi.Inputs {
  const inputs = Object.entries(args) as [string, unknown][];
  return {
    ...Object.fromEntries(outputs.map((name) => [name, undefined])),
    ...Object.fromEntries(
      inputs.map(([name, value]) => [name, secrets.includes(name) ? pulumi.secret(value) : value]),
    ),
  };
}

function optionsOf(
  { secrets }: Declaration<object>,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(opts, { additionalSecretOutputs: [...secrets] });
}
