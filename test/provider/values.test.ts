import * as fc from "fast-check";
import { changedProperties, fromStruct, hasUnknown, toStruct, UNKNOWN } from "../../provider/values";

const value = fc.letrec((tie) => ({
  value: fc.oneof(fc.string(), fc.boolean(), fc.integer(), tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  object: fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
    tie("value"),
    { maxKeys: 3 },
  ),
})).object;

test("what goes over the wire comes back the same, whichever properties are secret", () => {
  fc.assert(
    fc.property(value, fc.array(fc.string()), (properties, names) => {
      const secrets = [...names, ...Object.keys(properties).slice(0, 1)];
      expect({ ...fromStruct(toStruct(properties, secrets)) }).toEqual({ ...properties });
    }),
  );
});

test("a value never differs from itself, and undefined is the same as absent", () => {
  fc.assert(
    fc.property(value, (properties) => {
      expect(
        changedProperties(properties, { ...JSON.parse(JSON.stringify(properties)), nothing: undefined }),
      ).toEqual([]);
    }),
  );
});

test.each([
  [{}, {}, []],
  [{ a: 1 }, { a: 2 }, ["a"]],
  [{ a: 1 }, {}, ["a"]],
  [{}, { a: { b: [1] } }, ["a"]],
  [{ a: { b: [1] } }, { a: { b: [1] } }, []],
])("between %j and %j %j changed", (before, after, names) => {
  expect(changedProperties(before, after)).toEqual(names);
});

test.each([
  [{ a: 1 }, false],
  [{ a: UNKNOWN }, true],
  [{ a: { b: ["x", { c: UNKNOWN }] } }, true],
  [null, false],
])("hasUnknown looks at every depth: %j", (object, expected) => {
  expect(hasUnknown(object)).toBe(expected);
});
