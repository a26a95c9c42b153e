import fc from "fast-check";
import { printable, printableLine } from "../../provider/printable";

describe("text of strangers", () => {
  test.each([
    ["is left as it is where it does no harm", "é 漢字 🙂 ~\n\tindented", "é 漢字 🙂 ~\n\tindented"],
    ["has no colours", "\x1b[1;31mred\x1b[0m", "red"],
    ["clears no screen and moves no cursor", "a\x1b[2J\x1b[Hb", "ab"],
    ["sets no title and puts nothing on the clipboard", "a\x1b]0;title\x07b\x1b]52;c;eA==\x1b\\c", "abc"],
    ["begins nothing that the rest would complete", "\x1b]0;tit\x1b[", "\ufffd]0;tit\ufffd["],
    ["has no sequences of the 8-bit kind", "\x9b31mred", "\ufffd31mred"],
    ["goes back over nothing", "good\rbad\b\b\r\nend", "good\nbad\ufffd\ufffd\nend"],
    ["does not run the other way", "a\u202eb\u2066c\u200b", "a\ufffdb\ufffdc\ufffd"],
    ["is no colour of Pulumi's", "<{%fg 99%}> %}>", "<{ %fg 99% }> % }>"],
  ])("%s", (_, text, shown) => expect(printable(text)).toBe(shown));

  test("holds nothing that a terminal or Pulumi obeys, whatever it was, and is the same when cleaned again", () => {
    const piece = fc.constantFrom("\x1b", "[", "]", "\x07", "\r", "\n", "<", "{", "%", "}", ">", "m", "\x9b");
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" }))), (pieces) => {
        const shown = printable(pieces.join(""));
        expect(shown).not.toMatch(/(?![\n\t])[\x00-\x1f\x7f-\x9f]|<\{%|%\}>/);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });

  test("is one line of a sensible length in a sentence", () => {
    expect(printableLine(" build\n a\t house\r\n")).toBe("build a house");
    expect(printableLine("🙂".repeat(5), 5)).toBe("🙂".repeat(5));
    expect(printableLine("🙂".repeat(6), 5)).toBe(`${"🙂".repeat(4)}…`);
    expect(printableLine("x".repeat(100_000))).toHaveLength(200);
  });
});
