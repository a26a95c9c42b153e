import { InitFailed } from "../errors";
import { Checked, Context, DiffAnswer, ResourceType } from "../provider";
import { hasUnknown, Properties, UNKNOWN } from "../values";
import { checkInputs } from "./bridge/check";
import { importedInputs, refreshedInputs } from "./bridge/found-inputs";
import { RAW_STATE, rawState } from "./bridge/raw-state";
import { inSetOrder } from "./bridge/sets";
import { Client } from "./client/client";
import { Session } from "./client/session";
import { Kind } from "./kind";

type Args<Call extends keyof ResourceType> = Parameters<ResourceType[Call]>[0];

/** One kind of object at Hetzner as Pulumi's engine deals with it; what the two bridges do alike. */
export abstract class HcloudResource implements ResourceType {
  constructor(
    protected readonly kind: Kind,
    /** @throws where the plugin cannot be used as it is configured */
    private readonly client: () => Client,
  ) {}

  protected abstract readonly notesDefaults: boolean;
  /** Whether an object that was made, or changed in part, before a call failed is kept in the state. */
  protected abstract readonly keepsFailed: boolean;
  /** Seconds that a call may take, where nobody says otherwise. */
  protected abstract readonly limit: number | undefined;
  abstract diff(args: Args<"diff">): Promise<DiffAnswer>;
  /** The state that is wished for; none before it for an object that is new. */
  protected abstract plan(inputs: Properties, prior?: Properties, ignoreChanges?: string[]): Properties;
  /** A state as the engine gets it. @param preview whether it is only planned */
  protected abstract outputs(state: Properties, before: Properties | undefined, preview: boolean): Properties;
  /** An error as the bridge passes it on. @param doing such as "deleting urn:…" */
  protected abstract failure(error: unknown, doing: string): string;

  async check({ news }: Args<"check">, context: Context): Promise<Checked> {
    const { fields, together } = this.kind;
    return checkInputs({ fields, together, notesDefaults: this.notesDefaults }, news, context);
  }

  async create(
    { inputs, preview, timeout }: Args<"create">,
    context: Context,
  ): Promise<{ id: string; properties: Properties }> {
    const planned = this.plan(inputs);
    if (preview) return { id: "", properties: this.outputs({ ...planned, id: UNKNOWN }, undefined, true) };
    const api = this.session(context, timeout ?? this.kind.createTimeout);
    let id = "";
    try {
      await this.kind.create(api, known(this.asGiven(planned, inputs)), (made) => (id = made));
      const found = await this.kind.read(api, id, known(planned));
      if (!found) throw new Error(`it was made as ${id}, and is gone`);
      return { id, properties: this.outputs(this.merge(planned, found, id), undefined, false) };
    } catch (error) {
      const message = this.failure(error, id ? `creating ${context.urn}` : "");
      if (!id || !this.keepsFailed) throw new Error(message);
      const properties = this.outputs(this.merge(planned, {}, id), undefined, false);
      throw new InitFailed(message, { id, properties, inputs });
    }
  }

  async read(
    { id, inputs, properties }: Args<"read">,
    context: Context,
  ): Promise<{ id: string; inputs: Properties; properties: Properties } | undefined> {
    const { fields } = this.kind;
    const refresh = Object.keys(properties).length > 0;
    const api = this.session(context);
    let found: Properties | undefined;
    try {
      found = await this.kind.read(api, id, properties);
    } catch (error) {
      throw new Error(this.failure(error, `refreshing ${context.urn}`));
    }
    if (!found) return undefined;
    const before = refresh ? properties : this.nothing();
    const outputs = this.outputs(this.merge(before, found, id), properties, false);
    return {
      id,
      inputs: refresh ? refreshedInputs(fields, inputs, outputs) : importedInputs(fields, outputs),
      properties: outputs,
    };
  }

  async update(
    { id, olds, oldInputs, news, ignoreChanges, preview, timeout }: Args<"update">,
    context: Context,
  ): Promise<Properties> {
    const planned = this.plan(news, olds, ignoreChanges);
    if (preview) return this.outputs({ ...planned, id }, olds, true);
    const { update } = this.kind;
    if (!update) throw new Error(`${this.kind.token} cannot be changed in place`);
    const api = this.session(context, timeout);
    try {
      await update(api, id, olds, known(planned));
      const found = await this.kind.read(api, id, known(planned));
      if (!found) throw new Error(`it is gone: ${id}`);
      return this.outputs(this.merge(planned, found, id), olds, false);
    } catch (error) {
      // The state stays the old one, whatever was done already.
      const message = this.failure(error, `updating ${context.urn}`);
      if (!this.keepsFailed) throw new Error(message);
      throw new InitFailed(message, { id, properties: olds, inputs: oldInputs });
    }
  }

  async delete({ id, properties, timeout }: Args<"delete">, context: Context): Promise<void> {
    try {
      await this.kind.delete(this.session(context, timeout), id, properties);
    } catch (error) {
      throw new Error(this.failure(error, `deleting ${context.urn}`));
    }
  }

  /** What a note on Terraform's own state is added to. Nothing is known of one that is only planned. */
  protected withRawState(properties: Properties, framework: boolean): Properties {
    if (hasUnknown(properties)) return properties;
    const { fields, numericId } = this.kind;
    return { [RAW_STATE]: rawState(fields, properties, { framework, numericId }), ...properties };
  }

  /** What the state has in another form, as a hash of it, is sent as it was given. */
  private asGiven(planned: Properties, inputs: Properties): Properties {
    const stored = Object.entries(this.kind.fields).filter(([name, { stored }]) => stored && inputs[name]);
    return { ...planned, ...Object.fromEntries(stored.map(([name]) => [name, inputs[name]])) };
  }

  /** The state after a call: what was found, and of the rest what there was, unless nobody knows it yet. */
  private merge(before: Properties, found: Properties, id: string): Properties {
    const state: Properties = { id };
    for (const [name, field] of Object.entries(this.kind.fields)) {
      const value = found[name] === undefined ? before[name] : found[name];
      const settled = value === UNKNOWN || value === undefined ? null : value;
      state[name] = field.kind === "set" && Array.isArray(settled) ? inSetOrder(settled) : settled;
    }
    return state;
  }

  /** The state of an object that is imported, before it is read. */
  private nothing(): Properties {
    const { fields } = this.kind;
    const blocks = Object.keys(fields).filter((name) => typeof fields[name].of === "object");
    return Object.fromEntries(blocks.map((name) => [name, []]));
  }

  private session({ signal }: Context, seconds = this.limit): Session {
    const signals = seconds ? [signal, AbortSignal.timeout(seconds * 1000)] : [signal];
    return new Session(this.client(), AbortSignal.any(signals));
  }
}

/** What is not known yet is left out. */
const known = (planned: Properties): Properties =>
  Object.fromEntries(Object.entries(planned).filter(([, value]) => value !== UNKNOWN));
