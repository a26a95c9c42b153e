import { testInLong } from "../support/in-long";
import { setHost, writeModule } from "../support/inventory";
import { inLab, failure, labOutput, stack } from "../support/lab";
import { onMachines, outputOn, vmOf } from "../support/machines";
import {
  configure,
  machines,
  plannedChanges,
  previewFindsNothing,
  pulumi,
  tryPulumi,
  up,
} from "../support/pulumi";
import { eventually } from "../support/wait";
import { clusterIsWhole } from "../support/whole";

const on = (command: string) => onMachines((run) => outputOn(run, "sam", command));
/** What sam runs, and what it would boot. */
const systems = () => on("readlink -f /run/current-system /nix/var/nix/profiles/system");
const forward = () => labOutput(["pulumi", "config", "rm", "--path", "kluster:rollback", "--stack", stack]);
const goBackTo = (wish: string) => configure("kluster:rollback.sam", wish, "--path");

interface Listed {
  storePath: string;
  number?: number;
  running: boolean;
  boots: boolean;
  rollback: boolean;
}

/** `npm run generations`, with what npm would run. */
async function generations(): Promise<Record<string, Listed[]>> {
  const command = ["node", "--require", "./setup/typescript.js", "generations/main.ts", "--json"];
  const finished = await inLab([...command, "--stack", stack]);
  if (finished.code !== 0) throw failure(command, finished);
  return JSON.parse(finished.stdout) as Record<string, Listed[]>;
}

const hashOf = (storePath: string) => storePath.split("/").at(-1)!.split("-")[0];

export function rolledBack(): void {
  let first: string;
  let second: string;
  afterAll(async () => {
    await setHost("sam", "modules", []);
    await up();
  });

  test("each system that a machine got is listed, with the one that runs and the one that boots", async () => {
    first = (await machines()).sam.system;
    const module = await writeModule(
      "spare.nix",
      "{ pkgs, ... }: { environment.systemPackages = [ pkgs.etcd ]; }\n",
    );
    await setHost("sam", "modules", [module]);
    await up();
    second = (await machines()).sam.system;
    expect(second).not.toBe(first);
    const { il, ee, sam } = await generations();
    expect([il.length, ee.length]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(sam.filter(({ running }) => running)).toEqual([
      expect.objectContaining({ storePath: second, boots: true, rollback: true }),
    ]);
    expect(sam).toContainEqual(
      expect.objectContaining({ storePath: first, running: false, boots: false, rollback: true }),
    );
  });

  testInLong(
    "one that the machine never ran is refused by preview and up, with those that there are",
    async () => {
      await goBackTo("0000000");
      for (const command of [["preview"], ["up", "--yes"]]) {
        const { code, stdout, stderr } = await tryPulumi(command);
        expect(code).not.toBe(0);
        const said = (stdout + stderr).replace(/\s+/g, " ");
        expect(said).toContain("sam cannot go back to a system whose hash begins with 0000000");
        expect(said).toContain(`There are: ${first}`);
      }
      expect(await systems()).toBe(`${second}\n${second}\n`);
    },
  );

  test("the machine goes back to the one of before, which the preview says, and nothing is built or copied", async () => {
    await goBackTo("previous");
    const told = await pulumi("preview");
    expect(told).toContain(`sam: ${second} → ${first}`);
    expect(told).toContain(
      "rollback  to the system of before, as kluster:rollback says; nothing is built or copied",
    );
    expect(told).toMatch(/packages\s+gone: etcd /);
    const said = await pulumi("up", "--yes");
    expect(said).not.toMatch(/building|copying/);
    expect(await systems()).toBe(`${first}\n${first}\n`);
    expect((await machines()).sam.system).toBe(first);
    await clusterIsWhole();
  });

  testInLong("it stays there: after a reboot, and whatever the configuration gives meanwhile", async () => {
    await labOutput(["VBoxManage", "controlvm", await vmOf("sam"), "reset"]);
    await eventually("sam after its reset", 90, async () =>
      expect(await on("readlink -f /run/current-system /run/booted-system")).toBe(`${first}\n${first}\n`),
    );
    const module = await writeModule("spare.nix", `{ environment.etc."meanwhile".text = "x"; }\n`);
    await setHost("sam", "modules", [module]);
    // What is evaluated is another, and no machine's concern.
    expect(await plannedChanges()).toEqual({ update: [expect.stringMatching(/Evaluation::\/systems$/)] });
    await writeModule("spare.nix", "{ pkgs, ... }: { environment.systemPackages = [ pkgs.etcd ]; }\n");
  });

  test("no garbage collection takes what can be gone back to, though its generation is deleted", async () => {
    await on("nix-env --profile /nix/var/nix/profiles/system --delete-generations old");
    const dead = await on("nix-store --gc --print-dead 2>/dev/null");
    for (const system of [first, second]) expect(dead).not.toContain(hashOf(system));
    const { sam } = await generations();
    const kept = sam.find(({ storePath }) => storePath === second);
    expect(kept).toMatchObject({ rollback: true, running: false });
    expect(kept).not.toHaveProperty("number");
  });

  test("without the wish it goes forward again", async () => {
    await forward();
    expect(await pulumi("preview")).toContain("rollback  is over: forward to what the configuration gives");
    await up();
    expect(await systems()).toBe(`${second}\n${second}\n`);
    await clusterIsWhole();
  });

  testInLong("and back to one that is named by its hash", async () => {
    await goBackTo(hashOf(first).slice(0, 8));
    await up();
    expect(await systems()).toBe(`${first}\n${first}\n`);
    await setHost("sam", "modules", []);
    await forward();
    await up(); // what the configuration gives is what runs: only the wish goes
    expect(await systems()).toBe(`${first}\n${first}\n`);
    await previewFindsNothing();
  });
}
