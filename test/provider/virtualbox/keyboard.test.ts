import fc from "fast-check";
import { SEED_LINE } from "../../../provider/virtualbox/installer-boot";
import { chunks, countScancodes, typeLine } from "../../../provider/virtualbox/keyboard";
import { VBoxManage } from "../../../provider/virtualbox/vboxmanage";
import { FakeClock } from "./fake-clock";

const typeable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

test("the pieces together are the text, and each fits into the keyboard's queue", () => {
  fc.assert(
    fc.property(typeable, (text) => {
      const pieces = chunks(text);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) {
        expect(piece).not.toBe("");
        expect(countScancodes(piece)).toBeLessThanOrEqual(25);
      }
    }),
  );
});

test.each([
  ["", 0],
  ["a", 2],
  ["ab", 4],
  ["A", 4], // Shift, A, release of both
  ["AB", 6],
  ["aB", 6],
  ["Ab", 6],
  ["{a}", 10],
])("%j is %i scancodes", (text, count) => {
  expect(countScancodes(text)).toBe(count);
});

test("what no US keyboard has is refused", () => {
  expect(() => chunks("schön")).toThrow(/cannot type "ö"/);
  expect(() => chunks("a\nb")).toThrow(/cannot type/);
});

test("a line is typed piece by piece with pauses, and Enter last", async () => {
  const clock = new FakeClock();
  const calls: string[][] = [];
  const vbox = new VBoxManage(
    async (_command, args) => (calls.push(args), { code: 0, stdout: "", stderr: "" }),
    { clock },
  );
  await typeLine(vbox, "il", SEED_LINE);
  expect(calls.at(-1)).toEqual(["controlvm", "il", "keyboardputscancode", "1c", "9c"]);
  expect(calls.slice(0, -1).map((args) => args.slice(0, 3).join(" "))).toEqual(
    clock.pauses.map(() => "controlvm il keyboardputstring"),
  );
  expect(
    calls
      .slice(0, -1)
      .map((args) => args[3])
      .join(""),
  ).toBe(SEED_LINE);
  expect(new Set(clock.pauses)).toEqual(new Set([100]));
});
