import * as fc from "fast-check";
import {
  minorOf,
  minorStep,
  refuseSkew,
  refuseStep,
  Skew,
  VersionChange,
  warnOfStepBack,
} from "../../../provider/kubernetes/skew";
import { Standing, whoseTurn } from "../../../provider/rollout";

const il = (before?: string, after?: string): VersionChange => ({
  machine: "il",
  isMaster: true,
  before,
  after,
});
const ee = (before?: string, after?: string): VersionChange => ({
  machine: "ee",
  isMaster: false,
  before,
  after,
});

test.each([
  ["1.36.1", 36],
  ["v1.9.0", 9],
  ["1.36", 36],
  ["1.37.0-rc.1", 37],
  ["2.0.0", undefined],
  ["", undefined],
  [undefined, undefined],
])("the minor of %s is %s", (version, minor) => expect(minorOf(version)).toBe(minor));

describe("the API server", () => {
  test.each<[string, VersionChange, boolean]>([
    ["stays", il("1.36.1", "1.36.1"), false],
    ["goes to another patch", il("1.36.1", "1.36.0"), false],
    ["goes up by one", il("1.36.1", "1.37.0"), false],
    ["goes down by one where the user goes back", il("1.36.1", "1.35.9"), true],
    ["may be anything where it is not known what it was", il(undefined, "1.30.0"), false],
    ["is not a node's", ee("1.30.0", "1.36.0"), false],
  ])("%s", (_, change, isRollback) => expect(refuseStep(change, isRollback)).toBeUndefined());

  test.each<[string, VersionChange, boolean, RegExp]>([
    [
      "leaves a minor out",
      il("1.34.3", "1.36.1"),
      false,
      /^il would go from Kubernetes 1\.34\.3 to 1\.36\.1, .*Pin a nixpkgs with Kubernetes 1\.35 first/,
    ],
    [
      "leaves one out on its way back",
      il("1.36.1", "1.34.3"),
      true,
      /more than one minor back.*Kubernetes 1\.36 again/,
    ],
    [
      "goes back by a pin",
      il("1.36.1", "1.35.0"),
      false,
      /a minor back\. If that is meant, .*kluster:rollback\./,
    ],
  ])("is refused where it %s", (_, change, isRollback, expected) =>
    expect(refuseStep(change, isRollback)).toMatch(expected),
  );

  test("that goes back is warned of", () => {
    expect(warnOfStepBack(il("1.36.1", "1.35.0"))).toMatch(
      /^il goes back from Kubernetes 1\.36\.1 to 1\.35\.0/,
    );
    expect(warnOfStepBack(il("1.36.1", "1.36.0"))).toBeUndefined();
    expect(warnOfStepBack(ee("1.36.1", "1.35.0"))).toBeUndefined();
  });
});

describe("a kubelet", () => {
  test.each<[string, VersionChange, VersionChange]>([
    ["is as new as the API server", il("1.35.0", "1.36.0"), ee("1.35.0", "1.36.0")],
    ["has a newer patch", il("1.36.0", "1.36.0"), ee("1.36.0", "1.36.5")],
    ["is three minors older", il("1.36.0", "1.36.0"), ee("1.33.0", "1.33.0")],
    ["is not known", il("1.36.0", "1.36.0"), ee()],
    ["catches up after a long time", il("1.36.0", "1.36.0"), ee("1.31.0", "1.36.0")],
  ])("%s", (_, master, node) => expect(refuseSkew(master, node)).toBeUndefined());

  test.each<[string, VersionChange, VersionChange, RegExp]>([
    [
      "is newer",
      il("1.36.0", "1.35.0"),
      ee("1.36.0", "1.36.0"),
      /^ee would run Kubernetes 1\.36\.0, newer than .* 1\.35\.0 on il/,
    ],
    [
      "is four minors older",
      il("1.36.0", "1.37.0"),
      ee("1.33.0", "1.33.0"),
      /^ee would have Kubernetes 1\.33\.0 while .* has 1\.37\.0, more than 3 minors newer/,
    ],
    [
      "is that until it has followed",
      il("1.36.0", "1.37.0"),
      ee("1.33.0", "1.37.0"),
      /^ee would have Kubernetes 1\.33\.0 while/,
    ],
  ])("is refused where it %s", (_, master, node, expected) =>
    expect(refuseSkew(master, node)).toMatch(expected),
  );

  test("is judged by whoever is known last", () => {
    const [master, node] = [il("1.36.0", "1.35.0"), ee("1.36.0", "1.36.0")];
    for (const [first, second] of [
      [master, node],
      [node, master],
    ]) {
      const skew = new Skew();
      expect(skew.tell(first)).toEqual([]);
      expect(skew.tell(second)).toEqual([expect.stringMatching(/^ee would run/)]);
    }
  });
});

test("at no moment is a kubelet newer than the API server, or too old for it, in the order of changes that are allowed", () => {
  const version = fc.integer({ min: 30, max: 37 }).map((minor) => `1.${minor}.0`);
  const change = fc.tuple(version, version);
  fc.assert(
    fc.property(change, fc.array(change, { minLength: 1, maxLength: 4 }), ([from, to], nodes) => {
      const master = il(from, to);
      const workers = nodes.map(([before, after], index) => ({ ...ee(before, after), machine: `n${index}` }));
      const now = new Map([master, ...workers].map(({ machine, before }) => [machine, minorOf(before)!]));
      const fits = () =>
        workers.every(({ machine }) => {
          const lag = now.get("il")! - now.get(machine)!;
          return lag >= 0 && lag <= 3;
        });
      fc.pre(fits());
      fc.pre(refuseStep(master, true) === undefined && workers.every((node) => !refuseSkew(master, node)));
      // A node that overtakes a master which stays below it is refused; one that goes up with it comes after it.
      const masterFirst = minorStep(master) > 0;
      const places: Standing[] = [...workers, master].map((change) => ({
        ...{ name: change.machine, isMaster: change.isMaster, masterFirst, phase: "waiting" },
      }));
      const afters = new Map([master, ...workers].map(({ machine, after }) => [machine, after]));
      for (let turn = whoseTurn(places, 1)[0]; turn; turn = whoseTurn(places, 1)[0]) {
        turn.phase = "done";
        const [machine, after] = [turn.name, afters.get(turn.name)];
        now.set(machine, minorOf(after)!);
        expect(fits()).toBe(true);
      }
    }),
  );
  expect(minorStep(il("1.35.0", "1.36.0"))).toBe(1);
});
