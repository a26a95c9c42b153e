import { setHost, writeModule } from "../support/inventory";
import { killDuring } from "../support/kill";
import { onMachines, outputOn } from "../support/machines";
import { machines, previewFindsNothing, pulumi, tryPulumi, up } from "../support/pulumi";
import { clusterIsWhole } from "../support/whole";

/** What the machine runs now, and what it would boot. */
const systemsOf = (machine: string) =>
  onMachines((run) => outputOn(run, machine, "readlink -f /run/current-system /nix/var/nix/profiles/system"));

/** A change of ee that has been begun and is not in its configuration any more. */
async function expectToBeMended(before: string): Promise<void> {
  for (const look of ["a preview", "a preview after a refresh"]) {
    const preview = await tryPulumi(["preview", "--expect-no-changes"]);
    expect([look, preview.code === 0, /System ee +update/.test(preview.stdout)]).toEqual([look, false, true]);
    await pulumi("refresh", "--yes");
  }
  await up();
  const { system } = (await machines()).ee;
  expect(await systemsOf("ee")).toBe(`${system}\n${system}\n`);
  expect(`${system}\n${system}\n`).toBe(before);
  await previewFindsNothing();
}

export function begun(): void {
  let before: string;
  beforeEach(async () => {
    await setHost("ee", "modules", []); // an earlier chapter may have left one
    await up();
    before = await systemsOf("ee");
  });
  afterEach(() => setHost("ee", "modules", []));

  test("when its activation failed and it is taken back, the next up mends the machine", async () => {
    const text = '{ system.activationScripts.wifi = "touch /run/begun; cp /root/secrets/wifi.env /run/"; }';
    await setHost("ee", "modules", [await writeModule("failing.nix", text)]);
    expect((await tryPulumi(["up", "--yes"])).code).not.toBe(0);
    await onMachines((run) => outputOn(run, "ee", "test -e /run/begun"));
    await setHost("ee", "modules", []);
    await expectToBeMended(before);
  });

  test("when the run was killed and it is taken back, the next up mends the machine", async () => {
    const text = '{ system.activationScripts.slow = "touch /run/slow; sleep 15"; }';
    await setHost("ee", "modules", [await writeModule("slow.nix", text)]);
    await killDuring("up", () =>
      onMachines(async (run) => (await run("ee", "test -e /run/slow")).code === 0),
    );
    await setHost("ee", "modules", []);
    await expectToBeMended(before);
    await clusterIsWhole();
  });
}
