import fc from "fast-check";
import { decodeScancodes, scancodesFor, typeable } from "../../../lab/virtualbox/keyboard";

describe("keys", () => {
  test.each([
    [["2a", "23", "a3", "aa", "17", "97", "1c", "9c"], "Hi\n"],
    [["36", "02", "82", "b6", "02", "82"], "!1"],
    [["35", "b5", "39", "b9"], "/ "],
    [["2a", "1a", "9a", "aa"], "{"],
    [["2a", "33", "b3", "aa", "33", "b3"], "<,"],
    [["2a", "0c", "8c", "aa", "0c", "8c"], "_-"],
    [["2b", "ab", "2a", "2b", "ab", "aa"], "\\|"],
  ])("%j type %j", (codes, text) =>
    expect(decodeScancodes(codes, false)).toEqual({ text, shiftHeld: false, unknown: [] }),
  );

  test("Shift can be held from one sequence to the next", () => {
    expect(decodeScancodes(["2a"], false)).toEqual({ text: "", shiftHeld: true, unknown: [] });
    expect(decodeScancodes(["1e"], true).text).toBe("A");
  });

  test("what a key has no character for is reported", () =>
    expect(decodeScancodes(["1d", "2e", "9d"], false).unknown).toEqual(["1d", "9d"]));

  test("every printable ASCII character has a key", () => {
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at));
    expect(typeable(`${printable}\n\t`)).toBe(`${printable}\n\t`);
  });

  test("a text is typed by the scan codes that type it", () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const codes = scancodesFor(text).map((code) => code.toString(16).padStart(2, "0"));
        expect(decodeScancodes(codes, false)).toEqual({ text, shiftHeld: false, unknown: [] });
      }),
    ));

  test("characters without a key are left out", () => expect(typeable("aäb€\r\u0007c")).toBe("abc"));

  test("cutting a sequence anywhere types the same", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xff })), fc.nat(), (bytes, cut) => {
        const codes = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
        const at = cut % (codes.length + 1);
        const first = decodeScancodes(codes.slice(0, at), false);
        const second = decodeScancodes(codes.slice(at), first.shiftHeld);
        const whole = decodeScancodes(codes, false);
        return whole.text === first.text + second.text && whole.shiftHeld === second.shiftHeld;
      }),
    ));
});
