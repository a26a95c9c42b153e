import * as grpc from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { fromStruct, Properties, UNKNOWN } from "../../provider/values";
import { initFailed, ServedProvider, urnOf } from "./provider";

/** What the state has of a resource. */
interface Entry {
  id: string;
  inputs: Properties;
  outputs: Properties;
  /** Whether it is noted as "init failed". */
  failed: boolean;
}

type Step = "create" | "replace" | "update" | "same";

/**
 * What Pulumi does with one resource, as it was tried with 3.230 (docs/adr/0021): an error leaves the state as it was,
 * "init failed" is in it and makes the next run update whatever the inputs are, a read that succeeds clears that, and
 * a run that is killed in the middle of an operation has written nothing of it.
 */
export class ModelledResource {
  state?: Entry;
  private readonly urn: string;

  constructor(
    private readonly provider: ServedProvider,
    type: string,
    name = "il",
  ) {
    this.urn = urnOf({ type }, name);
  }

  async plan(news: Properties): Promise<{ step: Step; inputs: Properties }> {
    const { state } = this;
    const checked = await this.provider.check(this.urn, news, state?.inputs);
    const [failure] = checked.getFailuresList();
    if (failure) throw new Error(failure.getReason());
    const inputs = fromStruct(checked.getInputs());
    if (!state) return { step: "create", inputs };
    const diff = await this.provider.diff(this.urn, state.outputs, state.inputs, inputs);
    if (diff.getReplacesList().length) return { step: "replace", inputs };
    const changed = diff.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME;
    return { step: changed || state.failed ? "update" : "same", inputs };
  }

  /**
   * @param killed whether the run ends, without a trace, when the resource has been worked on
   * @throws Error that `pulumi up` would end with
   */
  async up(news: Properties, killed = false): Promise<void> {
    const { step, inputs } = await this.plan(news);
    if (step === "replace") await this.delete(killed);
    const { state } = this;
    if (!state || step === "replace") {
      const making = this.provider.create(this.urn, inputs);
      await this.keep(killed, making, (made) => ({
        id: made.getId(),
        inputs,
        properties: made.getProperties(),
      }));
    } else if (step === "update") {
      const { id, outputs, inputs: before } = state;
      const changing = this.provider.update(this.urn, id, outputs, before, inputs);
      await this.keep(killed, changing, (changed) => ({ id, inputs, properties: changed.getProperties() }));
    } else this.state = { ...state, inputs };
  }

  /** An object that is not whole stays in the state, as that, and is a warning. */
  async refresh(): Promise<void> {
    const { state } = this;
    if (!state) return;
    const reading = this.provider.read(this.urn, state.id, state.outputs, state.inputs);
    await this.keep(false, reading, (found) =>
      found.getId()
        ? { id: found.getId(), inputs: fromStruct(found.getInputs()), properties: found.getProperties() }
        : undefined,
    ).catch((error) => {
      if (!initFailed(error)) throw error;
    });
  }

  async delete(killed = false): Promise<void> {
    const { state } = this;
    if (!state) return;
    await this.provider.delete(this.urn, state.id, state.outputs, state.inputs);
    if (!killed) this.state = undefined;
  }

  /** Writes into the state what has come of a call; `found` reads an answer, of which nothing may be there. */
  private async keep<Response>(
    killed: boolean,
    call: Promise<Response>,
    found: (answer: Response) => Found | undefined,
  ): Promise<void> {
    try {
      const object = found(await call);
      if (!killed) this.state = object && entry(object, false);
    } catch (error) {
      if (killed) return;
      const detail = initFailed(error as grpc.ServiceError);
      if (detail) {
        const object = { id: detail.getId(), inputs: fromStruct(detail.getInputs()) };
        this.state = entry({ ...object, properties: detail.getProperties() }, true);
      }
      throw error;
    }
  }
}

interface Found {
  id: string;
  inputs: Properties;
  properties: Struct | undefined;
}

function entry({ id, inputs, properties }: Found, failed: boolean): Entry {
  return { id, inputs, outputs: fromStruct(properties), failed };
}

/** A resource with its Attempt before it, as provider/resource-class.ts makes them of a class that is attempted. */
export class ModelledAttempt {
  readonly note: ModelledResource;
  readonly resource: ModelledResource;

  constructor(
    provider: ServedProvider,
    private readonly type: string,
    name = "il",
  ) {
    this.note = new ModelledResource(provider, "kluster-provider:index:Attempt", `${name}.it`);
    this.resource = new ModelledResource(provider, type, name);
  }

  /** Whether a preview finds nothing to do; it shows the nonce of before. */
  async isUnchanged(inputs: Properties, reasons: Properties = {}): Promise<boolean> {
    const note = await this.note.plan(this.target(inputs, reasons));
    const resource = await this.resource.plan(this.withNonce(inputs));
    return note.step === "same" && resource.step === "same";
  }

  /**
   * @param killed where the run is: never ("no"), when the Attempt is being written, or when the resource has been
   *   worked on
   */
  async up(
    inputs: Properties,
    reasons: Properties = {},
    killed: "no" | "in the note" | "in the resource" = "no",
  ): Promise<void> {
    await this.note.up(this.target(inputs, reasons), killed === "in the note");
    if (killed === "in the note") return;
    await this.resource.up(this.withNonce(inputs), killed === "in the resource");
  }

  async refresh(): Promise<void> {
    await this.note.refresh();
    await this.resource.refresh();
  }

  /** Pulumi deletes in the other order. */
  async delete(killed = false): Promise<void> {
    await this.resource.delete(killed);
    if (!killed) await this.note.delete();
  }

  private target(inputs: Properties, reasons: Properties): Properties {
    return { target: { type: this.type, inputs: { ...inputs, ...reasons } } };
  }

  private withNonce(inputs: Properties): Properties {
    return { ...inputs, attempt: this.note.state?.outputs.nonce ?? UNKNOWN };
  }
}
