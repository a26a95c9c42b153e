import fc from "fast-check";
import { Resource, Unproved } from "../../../provider/resource";
import { attempt } from "../../../provider/resources/attempt";
import { hosts } from "../../../provider/resources/hosts";
import { ModelledAttempt, ModelledResource } from "../../support/pulumi-model";
import { ServedProvider, serveProvider } from "../../support/provider";

jest.setTimeout(180_000); // thousands of calls of the provider, on a box that may be busy with other tests

interface ThingInputs {
  value: string;
}

/**
 * A thing of two halves, of which a look shows the first alone, as a look at a machine shows its system and not what
 * its activation did. Work on it goes half by half and can stop before each, or when all is done.
 */
class Thing implements Resource<ThingInputs, object> {
  readonly type = "kluster-provider:test:Thing";
  readonly secrets = [];
  readonly outputs = [];
  seen?: string;
  unseen?: string;
  /** How much of its work is still done; undefined: all of it, and the answer comes. */
  stopsAfter?: number;
  answers = true;

  readonly traces = {
    inputs: [],
    remove: async () => this.set(undefined),
  };

  async create({ value }: ThingInputs) {
    this.set(value);
    return { id: "one", outputs: {} };
  }
  async update(_id: string, { inputs }: { inputs: ThingInputs }) {
    this.set(inputs.value);
    return {};
  }
  async read(_id: string, known: { inputs: ThingInputs; outputs: object }) {
    if (!this.answers) throw new Unproved("nobody answers");
    if (this.seen === undefined) return undefined;
    return { ...known, inputs: { ...known.inputs, value: this.seen } };
  }
  async delete() {
    this.set(undefined);
  }

  private set(value: string | undefined): void {
    let left = this.stopsAfter ?? Infinity;
    const stop = () => {
      if (left-- <= 0) throw new Error("it stopped");
    };
    stop();
    this.seen = value;
    stop();
    this.unseen = value;
    stop();
  }
}

/** A program with one host that has a thing, its stay in the inventory, and the state of both. */
class Model {
  readonly thing = new Thing();
  readonly hosts: ModelledResource;
  readonly stack: ModelledAttempt;
  /** undefined: the host is not in the inventory. */
  wanted: string | undefined = "a";

  constructor(provider: (thing: Thing) => ServedProvider) {
    const served = provider(this.thing);
    this.hosts = new ModelledResource(served, hosts.type, "hosts");
    this.stack = new ModelledAttempt(served, this.thing.type);
  }

  private readonly names = () => (this.wanted === undefined ? [] : ["il"]);
  private readonly reasons = () => ({ stay: this.hosts.state?.outputs.stays.il ?? "" });

  async isUnchanged(): Promise<boolean> {
    if ((await this.hosts.plan({ names: this.names() })).step !== "same") return false;
    const { wanted, stack } = this;
    if (wanted === undefined) return !stack.resource.state && !stack.note.state;
    return stack.isUnchanged({ value: wanted }, this.reasons());
  }

  async up(how: Run = { ends: "well" }): Promise<void> {
    const { wanted, stack, thing } = this;
    const killed = how.ends === "killed";
    thing.stopsAfter = how.ends === "well" ? undefined : how.after;
    try {
      await this.hosts.up({ names: this.names() });
      if (wanted === undefined) await stack.delete(killed);
      else if (how.ends === "killed in the note")
        await stack.up({ value: wanted }, this.reasons(), "in the note");
      else await stack.up({ value: wanted }, this.reasons(), killed ? "in the resource" : "no");
    } catch (error) {
      if (how.ends === "well") throw error;
    } finally {
      thing.stopsAfter = undefined;
    }
  }
}

type Run = { ends: "well" } | { ends: "failed" | "killed" | "killed in the note"; after: number };

/** What a user does: says what is wanted, looks at what is there or does not, and runs `pulumi up`. */
interface Act {
  wanted: string | undefined;
  refresh: "not" | "sees" | "nobody answers";
  up: Run;
}

const act: fc.Arbitrary<Act> = fc.record({
  wanted: fc.constantFrom("a", "b", undefined),
  refresh: fc.constantFrom("not", "sees", "nobody answers"),
  up: fc.oneof(
    fc.constant<Run>({ ends: "well" }),
    ...(["failed", "killed", "killed in the note"] as const).map((ends) =>
      fc.nat({ max: 2 }).map((after): Run => ({ ends, after })),
    ),
  ),
});

describe("a thing whose changes are noted before they begin", () => {
  let provider: ServedProvider;
  let current: Thing;
  // One process for all: the resource is whichever thing is looked at.
  const proxy = new Proxy({} as Thing, {
    get: (_target, name) => {
      const value = Reflect.get(current, name);
      return typeof value === "function" ? value.bind(current) : value;
    },
    has: (_target, name) => Reflect.has(current, name),
  });
  beforeAll(async () => {
    current = new Thing();
    provider = await serveProvider([proxy, hosts, attempt([proxy])]);
  });
  afterAll(() => provider.stop());

  const fresh = () =>
    new Model((thing) => {
      current = thing;
      return provider;
    });
  const halves = ({ thing }: Model) => [thing.seen, thing.unseen];

  test("is never called unchanged while it is not what is wanted, whatever failed or was killed", async () => {
    const provedIfUnchanged = async (model: Model) => {
      if (await model.isUnchanged()) expect(halves(model)).toEqual([model.wanted, model.wanted]);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 5 }), async (acts) => {
        const model = fresh();
        await model.up();
        for (const { wanted, refresh, up } of acts) {
          model.wanted = wanted;
          await provedIfUnchanged(model);
          model.thing.answers = refresh === "sees";
          if (refresh !== "not") await model.stack.refresh();
          await provedIfUnchanged(model);
          await model.up(up);
          await provedIfUnchanged(model);
        }
        model.wanted = "a";
        await model.up();
        expect(halves(model)).toEqual(["a", "a"]);
        expect(await model.isUnchanged()).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("is not forgotten when it failed, even without the note", async () => {
    const change = fc.record({
      wanted: fc.constantFrom("a", "b"),
      refreshed: fc.boolean(),
      stopsAfter: fc.constantFrom(undefined, 1), // half done: the half that a look shows
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 5 }), async (changes) => {
        const thing = (current = new Thing());
        const resource = new ModelledResource(provider, thing.type);
        await resource.up({ value: "a" });
        for (const { wanted, refreshed, stopsAfter } of changes) {
          thing.stopsAfter = stopsAfter;
          await resource.up({ value: wanted }).catch(() => {});
          if (refreshed) await resource.refresh();
          if ((await resource.plan({ value: "a" })).step === "same")
            expect([thing.seen, thing.unseen]).toEqual(["a", "a"]);
        }
        thing.stopsAfter = undefined;
        await resource.up({ value: "a" });
        expect([thing.seen, thing.unseen]).toEqual(["a", "a"]);
      }),
      { numRuns: 60 },
    );
  });
});
