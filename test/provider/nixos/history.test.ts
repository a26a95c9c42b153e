import * as fc from "fast-check";
import {
  choose,
  KEPT,
  packed,
  PastSystem,
  remember,
  requireFit,
  unpacked,
} from "../../../provider/nixos/history";
import { summarize } from "../../../provider/nixos/summary";

const ties = { "the operator's SSH key": "a", "its address": "b" };
const past = (hash: string, more: Partial<PastSystem> = {}): PastSystem => ({
  ...{ storePath: `/nix/store/${hash}-nixos-system-sam-26.05`, secretFiles: [], ties },
  ...more,
});
const [one, two, three] = ["1111111aaa", "2222222bbb", "2222222ccc"].map((hash) => past(hash));

describe("what is remembered of a machine's systems", () => {
  test("is the last ones, each once, the latest first", () => {
    expect(remember([two, one], one)).toEqual([one, two]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(..."abcdefgh"), { minLength: 1 }), (run) => {
        const history = run.reduce<PastSystem[]>((known, hash) => remember(known, past(hash)), []);
        const paths = history.map(({ storePath }) => storePath);
        expect(paths[0]).toBe(past(run.at(-1)!).storePath);
        expect(new Set(paths).size).toBe(paths.length);
        expect(paths.length).toBe(Math.min(KEPT, new Set(run).size));
      }),
    );
  });

  test("has what is in each of them", () => {
    const described = {
      ...{ kernel: null, kernelVersion: "6.18.2", initrd: null, kernelParams: [], kernelModules: [] },
      ...{ inhibitors: {}, packages: { htop: ["3.4.0"] }, units: {} },
    };
    const summary = summarize(one.storePath, described);
    expect(unpacked(past("x", { summary: packed(summary) }))).toEqual(summary);
    expect(unpacked(past("x", { summary: packed({ ...summary, version: 0 }) }))).toBeUndefined();
    expect(unpacked(past("x"))).toBeUndefined();
  });
});

describe("the system to go back to", () => {
  test.each([
    ["previous", [two, one], one],
    ["1111111", [two, one], one],
    ["2222222", [two, one], two], // it runs already: that it stays may be what is wished
    ["2222222c", [three, two, one], three],
  ])("is for %s the right one", (wish, history, expected) =>
    expect(choose("sam", wish, history)).toBe(expected),
  );

  test("is for previous the one of before, however often somebody goes back and forth", () => {
    let history = [two, one];
    for (let times = 0; times < 3; times++) {
      const back = choose("sam", "previous", history);
      expect(back).toBe(one);
      history = remember(remember(history, back), two); // and forward again
    }
  });

  test.each([
    ["previous", [one], /^sam has no earlier system .* Bring back what the system is made of instead/],
    ["previous", [], /^sam has no earlier system/],
    ["3333333", [one], /^sam cannot go back to .*3333333.*by hand never is\. There is no earlier one\.$/],
    ["3333333", [two, one], new RegExp(`There are: ${one.storePath}\\.$`)],
    ["2222222", [three, two], /more than one system of sam: .*ccc.*, .*bbb.*\. Write more of it\.$/],
  ])("is for %s of these none", (wish, history, expected) =>
    expect(() => choose("sam", wish, history)).toThrow(expected),
  );

  test("must fit the cluster that there is", () => {
    requireFit("sam", one, ties);
    expect(() => requireFit("sam", one, { ...ties, "the operator's SSH key": "z" })).toThrow(
      /of before a change of the operator's SSH key, so/,
    );
    expect(() => requireFit("sam", past("x", { ties: {} }), ties)).toThrow(/SSH key, its address, so/);
  });
});
