import * as fc from "fast-check";
import { median, medians, measures, MeasureName, parsePhases, Round, table } from "../../bench/numbers";
import { peakOf } from "../../bench/memory";

const roundOf = (value: number): Round => ({
  ...(Object.fromEntries(Object.keys(measures).map((name) => [name, value])) as Record<MeasureName, number>),
  phases: [],
});

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])("the median of %j is %d", (numbers, expected) => expect(median(numbers)).toBe(expected));

test("the median lies where as many numbers are below as above, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (numbers) => {
      const middle = median(numbers);
      const below = numbers.filter((number) => number < middle).length;
      const above = numbers.filter((number) => number > middle).length;
      expect(below).toBeLessThanOrEqual(numbers.length / 2);
      expect(above).toBeLessThanOrEqual(numbers.length / 2);
      expect(median([...numbers].reverse())).toBe(middle);
    }),
  );
});

test("the median of nothing is an error", () => expect(() => median([])).toThrow(RangeError));

test("one slow round does not change the medians", () => {
  expect(medians([roundOf(2), roundOf(100), roundOf(2)]).up).toBe(2);
});

test("the table says which aims are held and which are missed", () => {
  const aims = (value: number) => table([roundOf(value)]).split("\n");
  const line = (value: number, title: RegExp) => aims(value).find((text) => title.test(text));
  expect(line(2.5, /preview, nothing/)).toMatch(/2\.5 s +aim 3, held/);
  expect(line(3.5, /preview, nothing/)).toMatch(/3\.5 s +aim 3, missed/);
  expect(line(3.5, /destroy/)).not.toMatch(/aim/);
});

test("the provider's journal is read line by line", () => {
  const phase = { machine: "il", phase: "install", seconds: 3.2 };
  expect(parsePhases(`${JSON.stringify(phase)}\n`)).toEqual([phase]);
  expect(parsePhases("")).toEqual([]);
});

test.each([
  ["Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 1 kB\n", 2],
  ["Name:\tkthreadd\n", 0],
])("a process's peak memory is its VmHWM", (status, expected) => expect(peakOf(status)).toBe(expected));
