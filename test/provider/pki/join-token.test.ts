import * as fc from "fast-check";
import { createJoinToken, isJoinToken } from "../../../provider/pki";

describe("a join token", () => {
  it("is 32 lower-case hex digits, another one each time", () => {
    const tokens = Array.from({ length: 1000 }, createJoinToken);
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(new Set(tokens.join("")).size).toBe(16);
  });

  it("is told from anything else", () => {
    expect(isJoinToken(createJoinToken())).toBe(true);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdef") }), (text) => {
        expect(isJoinToken(text)).toBe(text.length === 32);
      }),
    );
    for (const wrong of ["A".repeat(32), "g".repeat(32), `${"a".repeat(32)}\n`, "", " ".repeat(32)]) {
      expect(isJoinToken(wrong)).toBe(false);
    }
  });
});
