import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { PartiallyCreated, Resource, Unproved } from "../../provider/resource";
import { UNKNOWN } from "../../provider/values";
import { initFailure, secretOnWire, ServedProvider, serveProvider, urnOf } from "../support/provider";

interface Inputs {
  size: number;
  place?: string;
  password: string;
  hint?: string;
}

/** A thing with everything that a resource can have. */
class Thing implements Resource<Inputs, { serial: string; worn?: boolean }> {
  readonly type = "kluster-provider:test:Thing";
  readonly secrets = ["password", "serial"];
  readonly outputs = ["serial"];
  readonly replaceOn = ["place"] as const;
  readonly ignore = ["hint"] as const;
  readonly seen: unknown[] = [];
  failure?: Error;
  refusal = "size -1 is negative; 0 or more is allowed";

  async check(inputs: Inputs) {
    if (inputs.size < 0)
      return {
        inputs,
        failures: [{ property: "size", reason: this.refusal }],
      };
    return { inputs: { place: "here", ...inputs } };
  }
  differs(outputs: { worn?: boolean }) {
    return outputs.worn ? ["serial"] : [];
  }
  async create(inputs: Inputs) {
    this.seen.push(inputs);
    if (this.failure) throw this.failure;
    return { id: "one", outputs: { serial: "s1" } };
  }
  async update(_id: string, { inputs }: { inputs: Inputs }) {
    this.seen.push(inputs);
    if (this.failure) throw this.failure;
    return { serial: "s2" };
  }
  async read(id: string, known: { outputs: any; inputs: Inputs }) {
    if (this.failure) throw this.failure;
    return id === "gone" ? undefined : { ...known, inputs: { ...known.inputs, size: 7 } };
  }
}

const thing = () => ({ size: 1, password: secretOnWire("p") });

describe("the provider over gRPC", () => {
  let resource: Thing;
  let provider: ServedProvider;
  const urn = urnOf(new Thing());

  beforeEach(async () => {
    resource = new Thing();
    provider = await serveProvider([resource]);
  });
  afterEach(() => provider.stop());

  test("accepts secrets, so that the engine hands it their marks", async () => {
    const answer = await provider.call<proto.ProviderHandshakeResponse>(
      "handshake",
      new proto.ProviderHandshakeRequest(),
    );
    expect(answer.getAcceptSecrets()).toBe(true);
  });

  test("fills in defaults and keeps secrets wrapped when it checks", async () => {
    const answer = await provider.check(urn, thing());
    expect(answer.getInputs()!.toJavaScript()).toEqual({
      size: 1,
      place: "here",
      password: secretOnWire("p"),
    });
    expect(answer.getFailuresList()).toEqual([]);
  });

  test("reports a bad input by its property", async () => {
    const answer = await provider.check(urn, { ...thing(), size: -1 });
    expect(answer.getFailuresList().map((failure) => failure.toObject())).toEqual([
      { property: "size", reason: "size -1 is negative; 0 or more is allowed" },
    ]);
  });

  test("creates with unwrapped secrets and gives them back wrapped", async () => {
    const answer = await provider.create(urn, thing());
    expect(resource.seen).toEqual([{ size: 1, password: "p" }]);
    expect(answer.getId()).toBe("one");
    expect(answer.getProperties()!.toJavaScript()).toEqual({
      size: 1,
      password: secretOnWire("p"),
      serial: secretOnWire("s1"),
    });
  });

  test("creates nothing in a preview and leaves what creation reveals unknown", async () => {
    const answer = await provider.create(urn, thing(), true);
    expect(resource.seen).toEqual([]);
    expect(answer.getProperties()!.toJavaScript()).toMatchObject({ serial: secretOnWire(UNKNOWN), size: 1 });
  });

  test("keeps outputs known in the preview of an update", async () => {
    const olds = { ...thing(), serial: secretOnWire("s1") };
    const answer = await provider.update(urn, "one", olds, thing(), { ...thing(), size: 2 }, true);
    expect(resource.seen).toEqual([]);
    expect(answer.getProperties()!.toJavaScript()).toMatchObject({ serial: secretOnWire("s1"), size: 2 });
  });

  test("shows in the preview of an update what check has worked out of an output", async () => {
    const olds = { ...thing(), serial: secretOnWire("s1") };
    const news = { ...thing(), size: 2, serial: "s9" };
    const answer = await provider.update(urn, "one", olds, thing(), news, true);
    expect(answer.getProperties()!.toJavaScript()).toMatchObject({ serial: secretOnWire("s9") });
  });

  test("keeps secrets wrapped after an update", async () => {
    const olds = { ...thing(), serial: secretOnWire("s1") };
    const answer = await provider.update(urn, "one", olds, thing(), { ...thing(), size: 2 });
    expect(answer.getProperties()!.toJavaScript()).toEqual({
      size: 2,
      password: secretOnWire("p"),
      serial: secretOnWire("s2"),
    });
  });

  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const { ADD_REPLACE, UPDATE, UPDATE_REPLACE, DELETE } = proto.PropertyDiff.Kind;
  type Kind = proto.PropertyDiff.Kind;
  test.each<[string, object, object, object, number, [string, Kind][]]>([
    ["nothing", {}, {}, {}, DIFF_NONE, []],
    ["a value that is ignored after creation", {}, {}, { hint: "x" }, DIFF_NONE, []],
    ["a changed value", {}, {}, { size: 2 }, DIFF_SOME, [["size", UPDATE]]],
    [
      "a value that asks for another object",
      {},
      { place: "a" },
      { place: "b" },
      DIFF_SOME,
      [["place", UPDATE_REPLACE]],
    ],
    ["a new value that asks for another object", {}, {}, { place: "b" }, DIFF_SOME, [["place", ADD_REPLACE]]],
    ["a value that is no longer given", {}, { extra: 1 }, {}, DIFF_SOME, [["extra", DELETE]]],
    [
      "the very member of an object that changed",
      {},
      { extra: { il: { at: "a", is: 1 }, "e.e": 1 } },
      { extra: { il: { at: "b", is: 1 }, "e.e": 2 } },
      DIFF_SOME,
      [
        ["extra.il.at", UPDATE],
        ['extra["e.e"]', UPDATE],
      ],
    ],
    ["an output that no longer fits", { worn: true }, {}, {}, DIFF_SOME, [["serial", UPDATE]]],
  ])("finds %s", async (_, olds, before, after, changes, detail) => {
    const answer = await provider.diff(urn, olds, { ...thing(), ...before }, { ...thing(), ...after });
    expect(answer.getChanges()).toBe(changes);
    const found = Object.fromEntries(
      detail.map(([path]) => [path, answer.getDetaileddiffMap().get(path)?.getKind()]),
    );
    expect(found).toEqual(Object.fromEntries(detail));
    expect(answer.getDetaileddiffMap().getLength()).toBe(detail.length);
  });

  test("has the old object deleted before its replacement is made, since names and addresses collide", async () => {
    const answer = await provider.diff(urn, {}, { ...thing(), place: "a" }, { ...thing(), place: "b" });
    expect(answer.getReplacesList()).toEqual(["place"]);
    expect(answer.getDeletebeforereplace()).toBe(true);
  });

  test("tells a refresh what the inputs would have to be, or that the object is gone", async () => {
    const found = await provider.read(urn, "one", { serial: "s1" }, thing());
    expect(found.getInputs()!.toJavaScript()).toEqual({ size: 7, password: secretOnWire("p") });
    const gone = await provider.read(urn, "gone", { serial: "s1" }, thing());
    expect(gone.getId()).toBe("");
  });

  test("lets Pulumi keep a partially created object, its secrets wrapped", async () => {
    resource.failure = new PartiallyCreated("half", { serial: "s0" }, new Error("the disk is full"));
    const detail = await initFailure(provider.create(urn, thing()));
    expect(detail.getId()).toBe("half");
    expect(detail.getReasonsList()).toEqual(["the disk is full"]);
    expect(detail.getProperties()!.toJavaScript()).toEqual({
      size: 1,
      password: secretOnWire("p"),
      serial: secretOnWire("s0"),
    });
  });

  describe("a change that failed", () => {
    const olds = { ...thing(), serial: secretOnWire("s1") };
    const begun = { ...olds, unproved: "the disk is full" };

    test("is in the state, with what the object had before", async () => {
      resource.failure = new Error("the disk is full");
      const failed = await initFailure(provider.update(urn, "one", olds, thing(), { ...thing(), size: 2 }));
      expect(failed.getId()).toBe("one");
      expect(failed.getReasonsList()).toEqual(["the disk is full"]);
      expect(failed.getProperties()!.toJavaScript()).toEqual(begun);
      expect(failed.getInputs()!.toJavaScript()).toEqual(thing());
    });

    test("differs from what is wanted, even with the inputs as they were", async () => {
      const answer = await provider.diff(urn, begun, thing(), thing());
      expect([answer.getChanges(), answer.getDiffsList()]).toEqual([DIFF_SOME, ["unproved"]]);
    });

    test("stays begun when a refresh finds the object whole, and tells what it found", async () => {
      const found = await initFailure(provider.read(urn, "one", begun, thing()));
      expect(found.getReasonsList()).toEqual(["the disk is full"]);
      expect(found.getInputs()!.toJavaScript()).toEqual({ size: 7, password: secretOnWire("p") });
      expect(found.getProperties()!.toJavaScript()).toMatchObject({ unproved: "the disk is full" });
    });

    test("does not outlast the object", async () => {
      expect((await provider.read(urn, "gone", begun, thing())).getId()).toBe("");
    });

    test("is over with the next update that succeeds", async () => {
      const answer = await provider.update(urn, "one", begun, thing(), thing());
      expect(answer.getProperties()!.toJavaScript()).not.toHaveProperty("unproved");
    });
  });

  test("keeps an object that could not be looked at as one that is not proved", async () => {
    resource.failure = new Unproved("nobody answers");
    const kept = await initFailure(provider.read(urn, "one", { serial: "s1" }, thing()));
    expect(kept.getReasonsList()).toEqual(["nobody answers"]);
    expect(kept.getInputs()!.toJavaScript()).toEqual(thing());
    expect(kept.getProperties()!.toJavaScript()).toMatchObject({ unproved: "nobody answers" });
  });

  describe("words of strangers", () => {
    const words = "\x1b[2J\x1b]0;title\x07they said <{%no colour%}>";
    const shown = "they said <{ %no colour% }>";

    test("that a call fails with are shown without what a terminal or Pulumi obeys", async () => {
      resource.failure = new Error(words);
      await expect(provider.create(urn, thing())).rejects.toMatchObject({ details: shown });
    });

    test("that an object is not whole for are, too, and are kept like that", async () => {
      resource.failure = new PartiallyCreated("half", { serial: "s0" }, new Error(words));
      expect((await initFailure(provider.create(urn, thing()))).getReasonsList()).toEqual([shown]);
      resource.failure = new Unproved(words);
      const kept = await initFailure(provider.read(urn, "one", { serial: "s1" }, thing()));
      expect(kept.getReasonsList()).toEqual([shown]);
      expect(kept.getProperties()!.toJavaScript()).toMatchObject({ unproved: shown });
    });

    test("that an input is refused for are, too", async () => {
      resource.refusal = words;
      const answer = await provider.check(urn, { ...thing(), size: -1 });
      expect(answer.getFailuresList().map((failure) => failure.getReason())).toEqual([shown]);
    });
  });

  test("names a type that it does not know", async () => {
    await expect(provider.create(urnOf({ type: "kluster-provider:test:Nothing" }), {})).rejects.toThrow(
      "kluster-provider:test:Nothing is no resource of this provider",
    );
  });
});
