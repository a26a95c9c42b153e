import { serviceModule, setHost, writeModule } from "../support/inventory";
import { inLong } from "../support/in-long";
import { killDuring } from "../support/kill";
import { labOutput } from "../support/lab";
import { onMachines, outputOn, vmOf } from "../support/machines";
import { machines, previewFindsNothing, tryPulumi, up } from "../support/pulumi";
import { eventually } from "../support/wait";
import { clusterIsWhole } from "../support/whole";

const on = (command: string) => onMachines((run) => outputOn(run, "ee", command));
/** What ee runs, and what it would boot. */
const systems = () => on("readlink -f /run/current-system /nix/var/nix/profiles/system");
const bootId = () => on("cat /proc/sys/kernel/random/boot_id");

async function give(name: string, module: string): Promise<void> {
  await setHost("ee", "modules", [await writeModule(`${name}.nix`, module)]);
}

/** What `pulumi up` says as it fails, in one line. */
async function failingUp(): Promise<string> {
  const { code, stdout, stderr } = await tryPulumi(["up", "--yes"]);
  expect(code).not.toBe(0);
  return (stdout + stderr).replace(/\s+/g, " ");
}

/** The state knows that the change is not proved; without it the next `up` passes. */
async function expectUnprovedUntilTakenOut(): Promise<void> {
  expect((await tryPulumi(["preview", "--expect-no-changes"])).code).not.toBe(0);
  await setHost("ee", "modules", []);
  expect((await tryPulumi(["preview", "--expect-no-changes"])).code).not.toBe(0);
  await up();
  await previewFindsNothing();
  await clusterIsWhole();
}

export function lockedOut(): void {
  let before: string;
  beforeAll(async () => {
    before = await systems();
    const { system } = (await machines()).ee;
    expect(before).toBe(`${system}\n${system}\n`);
  });
  afterAll(() => setHost("ee", "modules", []));

  test("a system that turns sshd off is undone by the machine, and up fails and says so", async () => {
    const booted = await bootId();
    await give("no-ssh", serviceModule("no-ssh", "systemctl stop sshd"));
    const said = await failingUp();
    expect(said).toMatch(
      /did not let us in by a new login within \d+ s \(no SSH server answers at 192\.168\.56\.12:22 on the machine itself; the last attempt: [^)]*refuses connections/,
    );
    expect(said).toContain(`the machine has gone back to ${before.split("\n")[0]}`);
    expect([await systems(), await bootId()]).toEqual([before, booted]);
  });

  test(
    "the state knows that it is not proved, and without the module the next up passes",
    expectUnprovedUntilTakenOut,
  );

  inLong("and further", () => {
    test("a unit that fails is named with its last words", async () => {
      await give("failing", serviceModule("failing", "echo the disk of ee is not there; exit 3"));
      const said = await failingUp();
      expect(said).toContain("units failed that had not failed before: failing.service");
      expect(said).toContain("the disk of ee is not there");
      expect(said).toContain(`the machine has gone back to ${before.split("\n")[0]}`);
      expect(await systems()).toBe(before);
      await expectUnprovedUntilTakenOut();
    });

    test("a machine whose address is gone, and does not come back, restarts into the old system", async () => {
      const booted = await bootId();
      const lose =
        "interface=$(ip -o address show to 192.168.56.12 | cut -d' ' -f2); ip address delete 192.168.56.12/24 dev $interface";
      await give("no-address", serviceModule("no-address", lose));
      const said = await failingUp();
      expect(said).toContain("the machine does not have the address 192.168.56.12");
      expect(said).toContain("it could not be reached, so it has restarted");
      expect(await systems()).toBe(before);
      expect(await bootId()).not.toBe(booted);
      await expectUnprovedUntilTakenOut();
    });

    test("a machine whose operator was killed goes back by itself, and the next up waits for that", async () => {
      const booted = await bootId();
      await give("slow", serviceModule("slow", "sleep 10"));
      await killDuring("up", async () =>
        on("systemctl is-active slow || true").then((is) => /activating/.test(is)),
      );
      const { stdout } = await tryPulumi(["up", "--yes"]);
      expect(stdout).not.toContain("error");
      expect(await bootId()).toBe(booted);
      await setHost("ee", "modules", []);
      await up();
      await clusterIsWhole();
    });

    test("a machine that loses its power before the system is proved boots the old one", async () => {
      await give("slow", serviceModule("slow", "sleep 10"));
      await killDuring("up", async () =>
        on("systemctl is-active slow || true").then((is) => /activating/.test(is)),
      );
      await labOutput(["VBoxManage", "controlvm", await vmOf("ee"), "reset"]);
      await eventually("ee after its reset", 90, async () => expect(await systems()).toBe(before));
      await expectUnprovedUntilTakenOut();
    });
  });
}
