import fc from "fast-check";
import { expired } from "../../../provider/etcd/retention";

const DAY = 86_400_000;
const now = Date.parse("2026-11-28T12:00:00Z");
const ago = (...days: number[]) => days.map((day) => ({ name: `${day} days`, time: now - day * DAY }));

test.each([
  ["none", [], { keep: 1, days: 1 }, []],
  ["the newest, however old", ago(400), { keep: 1, days: 1 }, []],
  ["as many as are kept", ago(1, 2, 3), { keep: 3, days: 9 }, []],
  ["more than are kept", ago(2, 4, 1, 3), { keep: 2, days: 9 }, ["3 days", "4 days"]],
  ["what is too old", ago(1, 10, 9), { keep: 9, days: 9 }, ["10 days"]],
  ["only what is too old", ago(20, 10), { keep: 9, days: 9 }, ["20 days"]],
])("of %s go those whose time is over", (_, snapshots, retention, names) => {
  expect(expired(snapshots, retention, now)).toEqual(names);
});

test("the newest never goes, and what stays is within both limits", () => {
  const snapshots = fc.uniqueArray(fc.integer({ min: 0, max: 1000 * DAY }), { maxLength: 40 });
  fc.assert(
    fc.property(
      snapshots,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 500 }),
      (ages, keep, days) => {
        const all = ages.map((age) => ({ name: String(age), time: now - age }));
        const gone = new Set(expired(all, { keep, days }, now));
        const stay = all.filter(({ name }) => !gone.has(name));
        const newest = Math.min(...ages);
        if (all.length > 0) expect(stay.map(({ name }) => name)).toContain(String(newest));
        expect(stay.length).toBeLessThanOrEqual(keep);
        for (const { time } of stay)
          if (now - time !== newest) expect(now - time).toBeLessThanOrEqual(days * DAY);
        // Nothing goes while something older stays.
        const youngestGone = Math.max(...all.filter(({ name }) => gone.has(name)).map(({ time }) => time));
        for (const { time } of stay) expect(time).toBeGreaterThan(youngestGone);
      },
    ),
  );
});
