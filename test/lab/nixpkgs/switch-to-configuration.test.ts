/**
 * The contract of nixpkgs' switch-to-configuration-ng (pkgs/by-name/sw/switch-to-configuration-ng/src, main.rs), which
 * the stand-in has to keep, shown on real systemd units in a lab machine. Quotes are from that source.
 */
import { basename } from "node:path";
import { describeInLab } from "../machine/lab-under-test";
import { server, SwitchableMachine } from "./machine";

jest.setTimeout(180_000);

describeInLab("switch-to-configuration", () => {
  let machine: SwitchableMachine;
  beforeAll(async () => {
    machine = new SwitchableMachine();
    await machine.start();
  });
  afterAll(() => machine?.lab.end());

  test.each([
    // action, running afterwards, booting next
    ["check", "first", "first"],
    ["dry-activate", "first", "first"],
    ["test", "second", "first"],
    ["boot", "first", "second"],
    ["switch", "second", "second"],
  ])("after %s the %s system runs and the %s boots", (action, running, nextBoot) => {
    const after = "cat /etc/probe/number /etc/probe/copied; stat -c %a /etc/probe/copied";
    const attempt = machine.attempt({ system: "second", action, after });
    expect(attempt).toMatchObject({ code: 0, running, nextBoot });
    expect(attempt.after).toBe(running === "second" ? "22600" : "11600");
    if (running === "first") expect(attempt.events).toEqual([]);
  });

  test("lab/lab status shows the system that runs, and the booted one where that is another", () => {
    const name = (system: string) => basename(machine.path(system));
    const status = () => machine.lab.must(["status"]);
    machine.must(`${machine.path("first")}/bin/switch-to-configuration switch >/dev/null 2>&1`);
    expect(status()).toMatch(new RegExp(`machine1 +on +running ${name("first")} `));
    machine.must(`${machine.path("second")}/bin/switch-to-configuration test >/dev/null 2>&1`);
    expect(status()).toContain(`running ${name("second")}, booted with ${name("first")} `);
  });

  test("stops what is gone, starts what is new, and treats what has changed as its module asks", () => {
    const { code, events, output } = machine.attempt({ system: "second", action: "test" });
    expect(code).toBe(0);
    expect(events).toEqual(
      [
        "stop gone",
        "start fresh",
        "stop plain", // by the old unit before activation, started by the new one after it
        "start plain",
        "stop restarted",
        "start restarted",
        "reload reloaded",
        "reload triggered", // "If this is the only modification, the unit is reloaded instead of restarted."
        // steady: no difference; renamed: a description is none; kept: restartIfChanged = false
      ].sort(),
    );
    expect(output).toContain("stopping the following units: gone.service, plain.service\n");
    expect(output).toContain("NOT restarting the following changed units: kept.service\n");
    expect(output).toContain("reloading the following units: reloaded.service, triggered.service\n");
    expect(output).toContain("\nrestarting the following units: restarted.service\n");
    expect(output).toContain("\nstarting the following units: plain.service\n");
    expect(output).toMatch(/the following new units were started: .*fresh\.service/);
  });

  test("dry-activate says what would be done", () => {
    expect(machine.attempt({ system: "second", action: "dry-activate" }).output).toBe(
      [
        "would stop the following units: gone.service, plain.service",
        "would NOT stop the following changed units: kept.service",
        "would activate the configuration...",
        "would reload the following units: reloaded.service, triggered.service",
        "would restart the following units: restarted.service",
        "would start the following units: plain.service",
      ].join("\n"),
    );
  });

  test("going where it is already touches no unit", () => {
    expect(machine.attempt({ system: "first", action: "switch" })).toMatchObject({ code: 0, events: [] });
  });

  test.each([
    ["a unit that cannot be started", "brokenUnit", "broken.service"],
    ["a unit that waits for its next attempt after a failure", "waitingUnit", "waiting.service"],
  ])("ends with 4, and activated, for %s", (_, system, unit) => {
    const attempt = machine.attempt({ system, action: "test" });
    expect(attempt).toMatchObject({ code: 4, running: system });
    expect(attempt.output).toContain(`warning: the following units failed: ${unit}\n`);
  });

  test("ends with 4 for a unit that fails by itself and has nothing to do with the change", () => {
    const restarting = "--property=Restart=always --property=RestartSec=60";
    const { code, output } = machine.attempt({
      system: "second",
      action: "test",
      before: `systemd-run --unit=unrelated ${restarting} false; sleep 0.5`,
      after: "systemctl stop unrelated",
    });
    expect(code).toBe(4);
    expect(output).toContain("the following units failed: unrelated.service\n");
  });

  test("forgets failures of before", () => {
    const attempt = machine.attempt({
      system: "second",
      action: "test",
      before: "systemd-run --wait --unit=past false; systemctl is-failed past >/run/failed",
      after: "cat /run/failed",
    });
    expect(attempt).toMatchObject({ code: 0, after: "failed" });
  });

  test("ends with 2 when the activation script fails, and is activated all the same", () => {
    const attempt = machine.attempt({ system: "brokenActivation", action: "test" });
    expect(attempt).toMatchObject({ code: 2, running: "brokenActivation" });
    expect(attempt.output).toContain("Failed to run activate script\n");
  });

  test("a unit that is failed, too, hides that the activation script has: 4, and the words tell", () => {
    const { code, output } = machine.attempt({ system: "brokenTwice", action: "test" });
    expect(code).toBe(4);
    expect(output).toContain("Failed to run activate script\n");
  });

  test("sshd that is gone lets nobody in any more, and whoever is in stays", async () => {
    const { after } = machine.attempt({
      system: "noSsh",
      action: "test",
      after: `ss -Hltn sport = :22; systemctl is-active sshd; ${machine.path("first")}/bin/switch-to-configuration test 2>&1 | tail -n 1`,
    });
    expect(after).toMatch(/^inactive\nthe following new units were started: .*sshd\.service/);
  });

  test.each(["check", "test", "switch", "boot"])("%s is refused by a pre-switch check with 1", (action) => {
    const attempt = machine.attempt({ system: "refused", action });
    expect(attempt).toMatchObject({ code: 1, running: "first", nextBoot: "first" });
    expect(attempt.output).toBe(
      "this one is never right\nPre-switch check 'never' failed\nPre-switch checks failed",
    );
  });

  test("NIXOS_NO_CHECK=1 leaves the checks out", () => {
    const attempt = machine.attempt({ system: "refused", action: "test", environment: "NIXOS_NO_CHECK=1" });
    expect(attempt).toMatchObject({ code: 0, running: "refused" });
  });

  test("a change of what inhibits switching is refused now and taken for the next boot", () => {
    const now = machine.attempt({ system: "inhibited", action: "switch" });
    expect(now).toMatchObject({ code: 1, running: "first", nextBoot: "first" });
    expect(now.output).toContain("Switching into this system is not recommended.");
    const later = machine.attempt({ system: "inhibited", action: "boot" });
    expect(later).toMatchObject({ code: 0, running: "first", nextBoot: "inhibited" });
  });

  test("an incompatible init needs a reboot: 100, and nothing is activated", () => {
    const attempt = machine.attempt({ system: "otherInit", action: "switch" });
    expect(attempt).toMatchObject({ code: 100, running: "first", nextBoot: "otherInit", events: [] });
    expect(attempt.output).toContain("won't take effect until you reboot the system");
  });

  test("of two at once the second fails at once", () => {
    const attempt = machine.attempt({
      system: "second",
      action: "test",
      before: "exec 8>>/run/nixos/switch-to-configuration.lock; flock 8",
    });
    expect(attempt).toMatchObject({ code: 11, running: "first", output: "Could not acquire lock" });
  });

  test("goes on where an interrupted run stopped", () => {
    const attempt = machine.attempt({
      system: "first",
      action: "test",
      before: `systemctl stop plain steady; rm /run/probe
               echo plain.service >/run/nixos/start-list; echo steady.service >/run/nixos/restart-list`,
      after: "ls /run/nixos",
    });
    expect(attempt).toMatchObject({
      code: 0,
      events: ["start plain", "start steady"],
      after: "switch-to-configuration.lock",
    });
  });

  test("restarts what the activation script asks for, as far as the unit allows it", () => {
    const before = "printf 'steady.service\\nkept.service\\n' >/run/nixos/activation-restart-list";
    const attempt = machine.attempt({ system: "first", action: "test", before });
    // "switch-to-configuration will handle restartIfChanged = false"
    expect(attempt).toMatchObject({ code: 0, events: ["start steady", "stop steady"] });
  });

  test.each(["", "upgrade"])("refuses the action %j with its usage and 1", (action) => {
    const { code, output } = machine.attempt({ system: "second", action });
    expect(code).toBe(1);
    expect(output).toContain("Usage: switch-to-configuration [check|switch|boot|test|dry-activate]\n");
  });

  test("ends with 101 when nobody reads its messages any more", () => {
    const { after } = machine.attempt({
      system: "second",
      action: "check",
      after: `{ ${machine.path("second")}/bin/switch-to-configuration test; echo $? >/run/code; } 2>&1 | true
              cat /run/code`,
    });
    expect(after).toBe("101");
  });
});

describeInLab("a machine that runs the lab's NixOS", () => {
  let machine: SwitchableMachine;
  beforeAll(async () => {
    machine = new SwitchableMachine();
    await machine.start();
  });
  afterAll(() => machine?.lab.end());

  test("keeps users' ids for ever, and passwords that were set on it", () => {
    const { after } = machine.attempt({
      system: "second",
      action: "test",
      before: "sed -i 's/^visitor:[^:]*:/visitor:changed:/' /etc/shadow; id -u visitor >/run/id",
      after: "id -u visitor; cat /run/id; grep ^visitor: /etc/shadow",
    });
    const [now, before, shadow] = after.split("\n");
    expect(now).toBe(before);
    expect(Number(now)).toBeGreaterThanOrEqual(400);
    expect(Number(now)).toBeLessThan(1000);
    expect(shadow).toMatch(/^visitor:changed:/);
  });

  test("lets in what its firewall allows, and drops the rest", () => {
    machine.must(`for port in 8001 8002; do systemd-run --quiet --unit=serve-$port ${server} $port; done`);
    expect([22, 8001, 8002].map((port) => machine.reaches(port))).toEqual([true, true, false]);
    machine.must("systemctl stop firewall");
    expect(machine.reaches(8002)).toBe(true);
  });

  test("has on PATH what NixOS has there, and nothing of the box besides", () => {
    expect(machine.must("command -v nix-env systemctl flock")).toBe(
      ["nix-env", "systemctl", "flock"].map((name) => `/run/current-system/sw/bin/${name}`).join("\n"),
    );
    expect(machine.ssh("command -v perl dpkg python3").stdout).toBe("");
  });

  test("boots what the boot entry says, with everything up", async () => {
    const { after } = machine.attempt({
      system: "second",
      action: "boot",
      after: "cat /proc/sys/kernel/random/boot_id",
    });
    machine.lab.machine("powerOff", machine.hardware.uuid);
    await machine.start();
    expect(
      machine.must(
        `test "$(cat /proc/sys/kernel/random/boot_id)" != ${after}
         readlink -f /run/current-system /run/booted-system; cat /etc/probe/number; systemctl --failed --no-legend`,
      ),
    ).toBe([machine.path("second"), machine.path("second"), "2"].join("\n"));
  });
});
