import { parseGenerations, renderGenerations } from "../../generations/list";
import { PastSystem } from "../../provider/nixos/history";

const path = (letter: string) => `/nix/store/${letter.repeat(32)}-nixos-system-sam-26.05`;
const line = (number: string, seconds: number, letter: string, versions = "26.05.1\t6.18.2\t1.36.1") =>
  `system\t${number}\t${seconds}\t${path(letter)}\t${versions}\n`;
const text =
  `running\t${path("b")}\nbooted\t${path("a")}\nnext\t${path("b")}\n` +
  line("10", 1795826401, "b") +
  line("9", 1795822800, "d", "26.05.1\t-\t-") +
  line("-", 1795816800, "a", "25.11.9\t6.12.8\t1.34.3");
const known: PastSystem[] = ["b", "a"].map((letter) => ({
  storePath: path(letter),
  secretFiles: [],
  ties: {},
}));

test("the systems of a machine are told in the order in which it got them, with what is in them", () => {
  expect(parseGenerations(text, known)).toEqual([
    {
      ...{ date: "2026-11-27T22:00:00.000Z", storePath: path("a"), nixos: "25.11.9", kernel: "6.12.8" },
      ...{ kubernetes: "1.34.3", running: false, boots: false, rollback: true },
    },
    {
      ...{ number: 9, date: "2026-11-27T23:40:00.000Z", storePath: path("d"), nixos: "26.05.1" },
      ...{ running: false, boots: false, rollback: false },
    },
    {
      ...{ number: 10, date: "2026-11-28T00:40:01.000Z", storePath: path("b"), nixos: "26.05.1" },
      ...{ kernel: "6.18.2", kubernetes: "1.36.1", running: true, boots: true, rollback: true },
    },
  ]);
});

test("a system that was gone back to, and has two numbers, runs by the latest", () => {
  const twice = parseGenerations(text + line("11", 1795826500, "d") + line("12", 1795826600, "b"), known);
  expect(twice.filter(({ running, boots }) => running || boots).map(({ number }) => number)).toEqual([12]);
});

test("they are a table for a person", () => {
  expect(renderGenerations("sam", parseGenerations(text, known))).toBe(
    `sam
  number  date (UTC)        hash      NixOS    Linux   Kubernetes
  -       2026-11-27 22:00  aaaaaaaa  25.11.9  6.12.8  1.34.3
  9       2026-11-27 23:40  dddddddd  26.05.1  -       -           cannot be gone back to
  10      2026-11-28 00:40  bbbbbbbb  26.05.1  6.18.2  1.36.1      runs, is booted next
`,
  );
});
