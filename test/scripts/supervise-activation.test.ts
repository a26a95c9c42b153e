import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Attempt, describeAttempts, Plan } from "./attempt";

jest.setTimeout(120_000);

const words = (text: string) => `[ "$1" != test ] || { ${text}; }`;
/** The supervisor, with less patience for another switch. */
const quick = () =>
  readFileSync(join(__dirname, "../../scripts/supervise-activation.sh"), "utf8").replace(
    /^(lock|reach)_wait=\d+/gm,
    "$1_wait=2",
  );
/** As the real one says it, whatever its exit code (it is the errno of the moment). */
const lockHeld = `echo "Could not acquire lock" >&2; exit 11`;

describeAttempts("the unit that activates a system", () => {
  let attempt: Attempt;
  beforeEach(() => (attempt = new Attempt()));
  afterEach(() => attempt.end());

  const committed = { outcome: "committed", cause: "", units: "", runs: "fresh", boots: "fresh" };
  const returned = { outcome: "returned", units: "", runs: "old", boots: "old" };
  const refused = { outcome: "refused", units: "", runs: "old", boots: "old" };

  test("checks it, switches to it, waits for a new login, and makes it the boot default last", () => {
    const run = attempt.run({ fresh: `echo "words of $1"` });
    expect([run.code, run.journal]).toEqual([0, expect.stringContaining("words of test")]);
    expect(run.brief).toEqual({ ...committed, code: "0" });
    expect(run.done).toEqual(["fresh check", "fresh test", "fresh boot"]);
    expect(run.state.words).toContain("words of test");
  });

  test("leaves a switch the mask of every unit: what it makes may be for everybody", () => {
    expect(attempt.run({ fresh: words("umask") }).state.words).toMatch(/^0022$/m);
  });

  /** A unit that a node lives on, in a run of that name that has lasted. */
  const kubelet = (state: string, run: string) =>
    `unit kubelet.service ${state}; echo ${run} >/run/units/kubelet.service/InvocationID
     echo 0 >/run/units/kubelet.service/ActiveEnterTimestampMonotonic`;
  const hasKubelet = `touch "\${0%/bin/*}/etc/systemd/system/kubelet.service"`;

  describe("keeps a system", () => {
    test.each<[string, Plan]>([
      ["whose failed unit was failed before", { before: "unit a.service failed" }],
      [
        "whose failed unit waited for its next attempt before",
        {
          before: "unit a.service activating; echo auto-restart >/run/units/a.service/SubState",
          fresh: words("unit a.service failed; exit 4"),
        },
      ],
      [
        "with a unit that waits for its next attempt, as those of Kubernetes do",
        {
          fresh: words("unit a.service activating; echo auto-restart >/run/units/a.service/SubState; exit 4"),
        },
      ],
    ])("%s", (_, plan) => {
      expect(attempt.run({ fresh: words("exit 4"), ...plan }).brief).toEqual({ ...committed, code: "4" });
    });

    test.each([
      ["whose kubelet was started anew, and lasts", `${hasKubelet}; ${words(kubelet("active", "second"))}`],
      ["that has none any more", words("unit kubelet.service inactive")],
    ])("%s", (_, fresh) => {
      const before = kubelet("active", "first");
      expect(attempt.run({ before, fresh }).brief).toEqual({ ...committed, code: "0" });
    });

    test("without the action check, which came to NixOS in 2025", () => {
      const fresh = `[ "$1" != check ] || { echo "Usage: x [switch|boot|test]"; exit 1; }`;
      expect(attempt.run({ fresh }).brief).toEqual({ ...committed, code: "0" });
    });

    test("when another switch of the machine is done", () => {
      const fresh = `[ -e /run/held ] || { touch /run/held; ${lockHeld}; }`;
      expect(attempt.run({ fresh }).brief).toEqual({ ...committed, code: "0" });
    });
  });

  describe("goes back by itself", () => {
    test.each<[string, object, Plan]>([
      ["when the activation script fails", { cause: "activation", code: "2" }, { fresh: words("exit 2") }],
      [
        "when it fails and a unit is failed, which has the other exit code",
        { cause: "activation", code: "2" },
        { fresh: words("echo Failed to run activate script; exit 4") },
      ],
      ["when the switch breaks down", { cause: "activation", code: "101" }, { fresh: words("exit 101") }],
      [
        "when the switch comes to no end",
        { cause: "slow", code: "124" },
        { fresh: words("sleep 60"), limits: { switch: 1 } },
      ],
      [
        "when a unit fails that had not failed before",
        { cause: "failed", code: "4", units: "new.service other.service" },
        {
          before: "unit old.service failed",
          fresh: words("unit new.service failed; unit other.service failed; exit 4"),
        },
      ],
      [
        "when a unit fails later, until the system is proved",
        { cause: "failed", code: "0", units: "new.service" },
        { fresh: words("(sleep 1; unit new.service failed) >/dev/null 2>&1 & true"), confirmed: false },
      ],
      [
        "when the node's kubelet does not run any more",
        { cause: "unsteady", code: "0", units: "kubelet.service" },
        {
          before: kubelet("active", "first"),
          fresh: `${hasKubelet}; ${words(kubelet("activating", "second"))}`,
          limits: { confirm: 1 },
        },
      ],
      [
        "when no new login confirms it: sshd or the network is gone, or the operator's program was killed",
        { cause: "unconfirmed", code: "0" },
        { confirmed: false, limits: { confirm: 1 } },
      ],
      [
        "when it cannot be made the boot default",
        { cause: "commit", code: "0" },
        { fresh: `[ "$1" != boot ] || exit 1` },
      ],
      [
        "when something else becomes the running system",
        { cause: "replaced", code: "0" },
        { fresh: words("ln -sfn /nix/elsewhere /run/current-system") },
      ],
    ])("%s", (_, brief, plan) => {
      const run = attempt.run(plan);
      expect(run.brief).toEqual({ ...returned, ...brief });
      expect(run.done).toContain("old test unchecked");
    });

    test("with the last words of what failed", () => {
      const { state } = attempt.run({ fresh: words("unit new.service failed; exit 4") });
      expect(state.words).toContain("new.service:\nlast words of new.service\n");
    });

    test("to the boot default, where the system runs already and nothing has proved it", () => {
      const before = `ln -sfn ${attempt.path("fresh")} /run/current-system`;
      const run = attempt.run({ before, confirmed: false, limits: { confirm: 1 } });
      expect(run.brief).toEqual({ ...returned, cause: "unconfirmed", code: "0" });
    });

    test("and says what runs where that fails, too", () => {
      const plan = { fresh: words("exit 2"), old: "ln -sfn /nix/elsewhere /run/current-system; exit 1" };
      expect(attempt.run(plan).brief).toMatchObject({ outcome: "returned", runs: "elsewhere", boots: "old" });
    });
  });

  test("restarts a machine that cannot be reached after going back, and keeps what it knows over that", () => {
    const run = attempt.run({
      fresh: words("exit 2"),
      instead: {
        "supervise-activation.sh": quick(),
        "reachable.sh": "[ $1 = record ] || echo the address is gone",
      },
      after: "ls /run/rebooted; rm -r /run/kluster; bash $(dirname $SCRIPT)/activation-state.sh one",
    });
    expect(run.brief).toMatchObject({ outcome: "rebooted", cause: "activation", runs: "old", boots: "old" });
    expect(run.after).toContain("/run/rebooted\n");
    expect(run.after).toContain("outcome=rebooted\n");
    expect(run.after).toContain("after going back the address is gone; restarting the machine");
  });

  test("does not restart one that is reached, whether or not the operator's program is still there", () => {
    const run = attempt.run({ confirmed: false, limits: { confirm: 1 }, after: "ls /run/rebooted" });
    expect(run.after).toContain("No such file");
  });

  describe("touches nothing", () => {
    test.each<[string, object, Plan]>([
      [
        "when they refuse it, and the moment has no errno",
        { cause: "check", code: "0" },
        { fresh: `[ "$1" != check ] || { echo "Pre-switch checks failed"; exit 0; }` },
      ],
      [
        "when the system's own checks refuse it, whatever the exit code",
        { cause: "check", code: "11" },
        { fresh: `[ "$1" != check ] || { echo "Pre-switch checks failed"; exit 11; }` },
      ],
      [
        "when it can only be booted: another init",
        { cause: "reboot", code: "100" },
        { before: "echo systemd 2 >$(dirname $(readlink /run/current-system))/fresh/init-interface-version" },
      ],
      [
        "when the switch says so",
        { cause: "reboot", code: "100" },
        { fresh: words(`ln -sfn "\${0%/*/*/*}/old" /run/current-system; exit 100`) },
      ],
      ["when another switch holds the machine", { cause: "locked", code: "11" }, { fresh: lockHeld }],
      [
        "when its secrets cannot be placed",
        { cause: "secrets", code: "0" },
        { secrets: "file\t/tmp/x\troot\troot\t0400\t-\tYQ==\n" },
      ],
    ])("%s", (_, brief, plan) => {
      const supervise = { "supervise-activation.sh": quick() };
      const run = attempt.run({ instead: supervise, ...plan });
      expect(run.brief).toEqual({ ...refused, ...brief });
      expect(run.done.filter((line) => line.startsWith("old"))).toEqual([]);
    });

    test("when what it needs has not come whole", () => {
      const run = attempt.run({ end: "" });
      expect([run.code, run.stderr, run.done, run.state.phase]).toEqual([
        1,
        expect.stringContaining("has not come whole; nothing was changed"),
        [],
        "",
      ]);
    });
  });
});
