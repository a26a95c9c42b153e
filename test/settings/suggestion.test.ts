import * as fc from "fast-check";
import { editDistance, suggestion } from "../../settings/suggestion";

const KEYS = ["host", "disk_uuid", "memory", "cpus", "disk", "modules"];

describe("a mistyped word", () => {
  it.each([
    ["memroy", "memory"],
    ["Memory", "memory"],
    ["cpu", "cpus"],
    ["diskUuid", "disk_uuid"],
    ["disk-uuid", "disk_uuid"],
    ["module", "modules"],
    ["hots", "host"],
  ])("%s means %s", (word, meant) => expect(suggestion(word, KEYS)).toBe(meant));

  it.each(["", "x", "address", "uuid", "colour"])("%p means none of them", (word) =>
    expect(suggestion(word, KEYS)).toBeUndefined(),
  );

  it("means nothing where there is nothing to mean", () => expect(suggestion("memory", [])).toBeUndefined());

  it("means itself where it is among the candidates", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]+$/), { minLength: 1 }), fc.nat(), (words, index) => {
        const word = words[index % words.length];
        expect(suggestion(word, words)).toBe(word);
      }),
    );
  });
});

describe("the edit distance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "abd", 1],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
    ["memory", "memroy", 1],
  ])("from %p to %p is %d", (from, to, distance) => expect(editDistance(from, to)).toBe(distance));

  it("is the same both ways, nothing only between equals, and never more than the longer word", () => {
    const word = fc.stringMatching(/^[abc]{0,6}$/);
    fc.assert(
      fc.property(word, word, (one, other) => {
        const distance = editDistance(one, other);
        expect(editDistance(other, one)).toBe(distance);
        expect(distance === 0).toBe(one === other);
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
      }),
    );
  });
});
