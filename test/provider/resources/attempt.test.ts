import fc from "fast-check";
import { Resource } from "../../../provider/resource";
import { attempt } from "../../../provider/resources/attempt";
import { UNKNOWN } from "../../../provider/values";

const removed: object[] = [];
const target = { type: "kluster-provider:test:Thing", ignore: ["hint"] } as unknown as Resource;
const traced = {
  type: "kluster-provider:test:Traced",
  traces: { inputs: ["uuid"], remove: async (inputs: object) => void removed.push(inputs) },
} as unknown as Resource;
const note = attempt([target, traced]);
const nothing = {} as never;

const check = async (inputs: object, type = target.type) =>
  (await note.check!({ target: { type, inputs } }, nothing)).inputs.target;

describe("what an attempt is at", () => {
  test("changes with whatever the resource is changed by, and with nothing else", async () => {
    const before = await check({ size: 1, place: { a: 1, b: [1, 2] }, hint: "x" });
    expect(await check({ place: { b: [1, 2], a: 1 }, hint: "y", size: 1 })).toBe(before);
    expect(await check({ size: 2, place: { a: 1, b: [1, 2] }, hint: "x" })).not.toBe(before);
    expect(await check({ size: 1, place: { a: 1, b: [2, 1] }, hint: "x" })).not.toBe(before);
    expect(await check({ size: 1, place: { a: 1, b: [1, 2] }, hint: "x" }, "another")).not.toBe(before);
  });

  test("is not known as long as something of it is not, unless creation alone uses that", async () => {
    expect(await check({ size: 1, place: { a: UNKNOWN } })).toBe(UNKNOWN);
    expect(await check({ size: 1, hint: UNKNOWN })).toBe(await check({ size: 1 }));
  });

  test("is a hash and a secret: the state must not tell what was in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (inputs) => {
        const hash = await check(inputs);
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        expect(await note.check!({ target: hash }, nothing)).toEqual({ inputs: { target: hash } });
      }),
      { numRuns: 50 },
    );
    expect(note.secrets).toEqual(["target"]);
  });
});

test("each attempt has a nonce of its own, also one that goes back to what was before", async () => {
  const inputs = { target: await check({ size: 1 }) };
  const { outputs } = await note.create(inputs, nothing);
  const again = await note.update!("id", { outputs, before: inputs, inputs }, nothing);
  const back = await note.update!("id", { outputs: again, before: inputs, inputs }, nothing);
  expect(new Set([outputs.nonce, again.nonce, back.nonce]).size).toBe(3);
});

describe("what a creation that was killed has left", () => {
  test("goes with the note, found by what the note says of it", async () => {
    const { inputs } = await note.check!(
      { target: { type: traced.type, inputs: { uuid: "7", key: "secret" } } },
      nothing,
    );
    expect(inputs.traces).toEqual({ type: traced.type, inputs: { uuid: "7" } });
    expect(await note.check!(inputs as never, nothing)).toEqual({ inputs });
    await note.delete!("id", { inputs: inputs as never, outputs: { nonce: "" } }, nothing);
    expect(removed).toEqual([{ uuid: "7" }]);
  });

  test("is nothing where the resource leaves none", async () => {
    const { inputs } = await note.check!({ target: { type: target.type, inputs: { uuid: "8" } } }, nothing);
    expect(inputs).not.toHaveProperty("traces");
    await note.delete!("id", { inputs: inputs as never, outputs: { nonce: "" } }, nothing);
    expect(removed).not.toContainEqual({ uuid: "8" });
  });

  test("makes no attempt of its own: another way to find it is no change", () => {
    expect(note.ignore).toEqual(["traces"]);
  });
});
