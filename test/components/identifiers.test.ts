import * as fc from "fast-check";
import { deriveMac, deriveUuid } from "../../components/identifiers";

const words = fc.tuple(fc.string(), fc.string(), fc.string());

test("the same stack, host and purpose always give the same identifiers", () => {
  fc.assert(
    fc.property(words, (names) => {
      expect(deriveUuid(...names)).toBe(deriveUuid(...names));
      expect(deriveMac(...names)).toBe(deriveMac(...names));
    }),
  );
});

test("UUIDs have the form that RFC 9562 asks for and VirtualBox takes", () => {
  fc.assert(
    fc.property(words, (names) => {
      expect(deriveUuid(...names)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }),
  );
});

test("another stack, host or purpose gives another UUID", () => {
  const uuids = ["a", "b"].flatMap((stack) =>
    ["il", "ee"].flatMap((host) => ["vm", "root"].map((purpose) => deriveUuid(stack, host, purpose))),
  );
  expect(new Set(uuids).size).toBe(8);
});

test("words are kept apart: one that ends where another begins makes no double", () => {
  expect(deriveUuid("a", "bc", "d")).not.toBe(deriveUuid("ab", "c", "d"));
});
