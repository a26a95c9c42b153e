import * as fc from "fast-check";
import { LineSplitter } from "../../../provider/ssh/lines";

function split(...pieces: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return lines;
}

describe("splitting into lines", () => {
  it.each<[string[], string[]]>([
    [[], []],
    [["one\ntwo\n"], ["one", "two"]],
    [["one\ntwo"], ["one", "two"]],
    [["\n\n"], ["", ""]],
    [["10%\r20%\r100%\n"], ["10%", "20%", "100%"]],
    [
      ["dos\r", "\nunix\n"],
      ["dos", "unix"],
    ],
    [["progress\r"], ["progress"]],
    [
      ["progress\r", "next"],
      ["progress", "next"],
    ],
  ])("%j is %j", (pieces, lines) => {
    expect(split(...pieces)).toEqual(lines);
  });

  it("does not depend on the pieces in which the text comes", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n", "\r\n") });
    fc.assert(
      fc.property(text, fc.array(fc.nat(40)), (text, cuts) => {
        const places = [
          0,
          ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
          text.length,
        ];
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
        const whole = text.split(/\r\n|\r|\n/);
        if (whole.at(-1) === "") whole.pop();
        expect(split(...pieces)).toEqual(whole);
      }),
    );
  });

  it("hands out a line as soon as its end is there", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.push("one\ntw");
    expect(lines).toEqual(["one"]);
  });
});
