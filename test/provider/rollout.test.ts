import fc from "fast-check";
import { Clock } from "../../provider/clock";
import { LeftAlone, Rollout, Standing, whoseTurn } from "../../provider/rollout";

/** A clock that goes on when it is told to. */
class HandClock implements Clock {
  private time = 0;
  private sleepers: { at: number; wake: () => void }[] = [];
  now = () => this.time;
  sleep = (milliseconds: number) =>
    new Promise<void>((wake) => this.sleepers.push({ at: this.time + milliseconds, wake }));
  pass(milliseconds: number): void {
    this.time += milliseconds;
    const due = this.sleepers.filter(({ at }) => at <= this.time);
    this.sleepers = this.sleepers.filter((sleeper) => !due.includes(sleeper));
    due.forEach(({ wake }) => wake());
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** What a machine of a rollout is told to do from outside, and how it got on. */
class Machine {
  phase: "preparing" | "waiting" | "changing" | "done" | "failed" | "left alone" | "cancelled" = "preparing";
  readonly said: string[] = [];
  readonly cancelling = new AbortController();
  private prepared!: (how: "well" | "badly" | "needless") => void;
  private changed!: (how: "well" | "badly") => void;
  readonly ended: Promise<void>;

  constructor(
    rollout: Rollout,
    readonly name: string,
    readonly isMaster: boolean,
    maxUnavailable: number,
    readonly journal: string[] = [],
  ) {
    const preparation = new Promise<string>((resolve) => (this.prepared = resolve));
    const change = new Promise<string>((resolve) => (this.changed = resolve));
    const patience = { signal: this.cancelling.signal, status: (text: string) => void this.said.push(text) };
    this.ended = rollout
      .run({ name, isMaster, maxUnavailable }, patience, async (turn) => {
        const how = await preparation;
        if (how === "badly") throw new Error("it does not build");
        if (how === "needless") return;
        this.phase = "waiting";
        await turn();
        this.phase = "changing";
        this.journal.push(name);
        if ((await change) === "badly") throw new Error("it went back");
      })
      .then(
        () => void (this.phase = "done"),
        (error) => {
          this.phase =
            error instanceof LeftAlone
              ? "left alone"
              : this.cancelling.signal.aborted
                ? "cancelled"
                : "failed";
          this.said.push(error.message);
        },
      );
  }

  readonly prepare = (how: "well" | "badly" | "needless" = "well") => this.prepared(how);
  readonly change = (how: "well" | "badly" = "well") => this.changed(how);
}

function rolling(names: string[], maxUnavailable = 1) {
  const clock = new HandClock();
  const rollout = new Rollout(clock, 1000);
  const journal: string[] = [];
  const enter = (name: string) => new Machine(rollout, name, name === "il", maxUnavailable, journal);
  const machines = Object.fromEntries(names.map((name) => [name, enter(name)]));
  const phases = () => Object.fromEntries(Object.entries(machines).map(([name, { phase }]) => [name, phase]));
  return { clock, machines, journal, phases, enter };
}

test("one worker first, then the others one by one, the master last", async () => {
  const { clock, machines, journal, phases } = rolling(["il", "sam", "ee", "ada"]);
  for (const machine of Object.values(machines)) machine.prepare();
  await settled();
  expect(journal).toEqual([]); // others may be asked for in a moment
  clock.pass(1000);
  await settled();
  expect(phases()).toEqual({ il: "waiting", sam: "waiting", ee: "waiting", ada: "changing" });
  expect(machines.ee.said[0]).toBe("waiting for its turn; not done yet: il, sam, ada");
  for (const name of ["ada", "ee", "sam"]) {
    machines[name].change();
    await settled();
  }
  expect(journal).toEqual(["ada", "ee", "sam"]); // the end of one may bring another one
  clock.pass(1000);
  await settled();
  machines.il.change();
  await settled();
  expect(journal).toEqual(["ada", "ee", "sam", "il"]);
});

test("what is prepared early waits for the first worker that is not, and not for one that needs no turn", async () => {
  const { clock, machines, journal } = rolling(["ada", "ee", "sam"]);
  machines.sam.prepare();
  clock.pass(1000);
  await settled();
  machines.ada.prepare("needless");
  await settled();
  expect(journal).toEqual([]);
  machines.ee.prepare();
  await settled();
  expect(journal).toEqual(["ee"]);
});

test("a machine that nobody has asked for is not waited for", async () => {
  const { clock, machines, journal, enter } = rolling(["il"]);
  machines.il.prepare();
  clock.pass(1000);
  await settled();
  expect(journal).toEqual(["il"]);
  const late = enter("ee");
  late.prepare();
  clock.pass(1000);
  await settled();
  expect(late.phase).toBe("waiting");
  machines.il.change();
  await settled();
  expect(late.phase).toBe("changing");
});

test.each(["prepare", "change"] as const)("nobody begins after a failure (%s)", async (step) => {
  const { clock, machines, phases } = rolling(["ada", "ee", "il"]);
  machines.ee.prepare();
  machines.il.prepare();
  if (step === "change") machines.ada.prepare();
  clock.pass(1000);
  await settled();
  machines.ada[step]("badly");
  await settled();
  expect(phases()).toEqual({ ada: "failed", ee: "left alone", il: "left alone" });
  expect(machines.ee.said.at(-1)).toBe(
    "ee was left as it was: the change of ada failed, see there. Correct that change or take it back; `pulumi up` then goes on with both",
  );
});

test("who is cancelled while he waits leaves, and is no failure", async () => {
  const { clock, machines, phases } = rolling(["ada", "ee"]);
  machines.ada.prepare();
  machines.ee.prepare();
  await settled();
  machines.ada.cancelling.abort(new Error("cancelled"));
  await settled();
  clock.pass(1000);
  await settled();
  expect(phases()).toEqual({ ada: "cancelled", ee: "changing" });
});

interface Step {
  act: "enter" | "prepare" | "change" | "cancel" | "time";
  machine: number;
  well: boolean;
}
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    act: fc.constantFrom<Step["act"]>(
      "enter",
      "enter",
      "prepare",
      "prepare",
      "change",
      "change",
      "cancel",
      "time",
    ),
    machine: fc.nat(5),
    well: fc.boolean(),
  }),
  { maxLength: 40 },
);

test("whatever the order of entries, ends and failures: the rules hold, and everybody ends", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), fc.boolean(), async (plan, max, failures) => {
      const clock = new HandClock();
      const rollout = new Rollout(clock, 1000);
      const machines = new Map<number, Machine>();
      const of = (phase: Machine["phase"]) => [...machines.values()].filter((one) => one.phase === phase);
      let began = new Set<Machine>();

      const expectRules = () => {
        const changing = of("changing");
        const workers = changing.filter(({ isMaster }) => !isMaster);
        const fresh = changing.filter((one) => !began.has(one));
        expect(workers.length).toBeLessThanOrEqual(max);
        if (of("done").filter(({ isMaster }) => !isMaster).length === 0)
          expect(workers.length).toBeLessThanOrEqual(1);
        if (changing.some(({ isMaster }) => isMaster)) expect(changing).toHaveLength(1);
        for (const { isMaster } of fresh)
          if (isMaster)
            expect([...of("preparing"), ...of("waiting")].filter((one) => !one.isMaster)).toEqual([]);
        began = new Set([...began, ...changing]);
      };

      const settle = async () => {
        await settled();
        expectRules();
      };

      for (const { act, machine, well } of plan) {
        const failedBefore = of("failed").length > 0;
        const changingBefore = of("changing");
        const one = machines.get(machine);
        if (act === "time") clock.pass(600);
        else if (act === "enter" && !one)
          machines.set(machine, new Machine(rollout, `m${machine}`, machine === 0, max));
        else if (act === "prepare") one?.prepare(well || !failures ? "well" : "badly");
        else if (act === "change") {
          if (one?.phase === "changing") one.change(well || !failures ? "well" : "badly");
        } else if (act === "cancel") {
          if (one?.phase === "waiting") one.cancelling.abort(new Error("cancelled"));
        }
        await settle();
        if (failedBefore) for (const now of of("changing")) expect(changingBefore).toContain(now);
      }
      for (let round = 0; round < 3 * machines.size + 3; round++) {
        for (const one of machines.values()) {
          one.prepare();
          if (one.phase === "changing") one.change();
        }
        clock.pass(1000);
        await settle();
      }
      for (const { phase } of machines.values())
        expect(["done", "failed", "left alone", "cancelled"]).toContain(phase);
    }),
    { numRuns: 200 },
  );
});

test("the pure rule says who may begin", () => {
  const at = (name: string, phase: Standing["phase"]): Standing => ({ name, phase, isMaster: name === "il" });
  const names = (places: Standing[], max: number) => whoseTurn(places, max).map(({ name }) => name);
  expect(names([], 1)).toEqual([]);
  expect(names([at("b", "waiting"), at("a", "preparing")], 9)).toEqual([]);
  expect(names([at("b", "waiting"), at("a", "waiting")], 9)).toEqual(["a"]);
  expect(names([at("a", "done"), at("c", "waiting"), at("b", "waiting"), at("il", "waiting")], 1)).toEqual([
    "b",
  ]);
  expect(names([at("a", "done"), at("c", "waiting"), at("b", "changing")], 2)).toEqual(["c"]);
  expect(names([at("a", "done"), at("il", "waiting")], 1)).toEqual(["il"]);
  expect(names([at("a", "done"), at("b", "preparing"), at("il", "waiting")], 1)).toEqual([]);
});

test("the master goes first where the others may not be newer than it", () => {
  const at = (name: string, phase: Standing["phase"]): Standing => ({
    ...{ name, phase, isMaster: name === "il", masterFirst: true },
  });
  const names = (places: Standing[]) => whoseTurn(places, 2).map(({ name }) => name);
  expect(names([at("a", "waiting"), at("il", "preparing")])).toEqual([]);
  expect(names([at("a", "waiting"), at("il", "waiting")])).toEqual(["il"]);
  expect(names([at("a", "changing"), at("il", "waiting")])).toEqual([]);
  expect(names([at("a", "waiting"), at("b", "waiting"), at("il", "done")])).toEqual(["a"]);
  expect(names([at("a", "waiting")])).toEqual(["a"]);
});
