import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Finished } from "../../../../provider/process";
import { failure, inLab, labOutput } from "./lab";
import { machines } from "./pulumi";
import { operatorKey } from "./secrets";

/** Those of the shipped inventories, the master first. */
export const MACHINES = ["il", "ee", "sam"] as const;

/** What a command on a machine, as root over SSH, left behind. */
export type OnMachine = (machine: string, command: string, stdin?: string) => Promise<Finished>;

/**
 * Opens the machines for the length of `work`, with the stack's own key and pinned host keys, the way the owner of
 * the stack could. The key is a file only that long.
 */
export async function onMachines<T>(work: (run: OnMachine) => Promise<T>): Promise<T> {
  const key = await operatorKey();
  const folder = mkdtempSync(join(tmpdir(), "kluster-e2e-"));
  try {
    writeFileSync(join(folder, "key"), key, { mode: 0o600 });
    const outputs = await machines();
    const known = Object.values(outputs)
      .map(({ address, hostKey }) => `${address} ${hostKey}\n`)
      .join("");
    writeFileSync(join(folder, "known_hosts"), known);
    const options = [
      "BatchMode=yes",
      "IdentitiesOnly=yes",
      "StrictHostKeyChecking=yes",
      `UserKnownHostsFile=${join(folder, "known_hosts")}`,
    ].flatMap((option) => ["-o", option]);
    return await work((machine, command, stdin) => {
      const login = [...options, "-i", join(folder, "key"), `root@${outputs[machine].address}`];
      return inLab(["ssh", "-F", "none", ...login, command], { stdin, timeout: 60_000 });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Succeeds with the command's output or fails the test. */
export async function outputOn(
  run: OnMachine,
  machine: string,
  command: string,
  stdin?: string,
): Promise<string> {
  const finished = await run(machine, command, stdin);
  if (finished.code !== 0) throw failure([machine, command], finished);
  return finished.stdout;
}

/** What a command prints on each of some machines. */
export const outputOnEach = (command: string, names: readonly string[] = MACHINES): Promise<string[]> =>
  onMachines((run) => Promise.all(names.map((name) => outputOn(run, name, command))));

/** Name and UUID of every VM that VirtualBox knows. */
export async function vms(): Promise<{ name: string; uuid: string }[]> {
  const listed = await labOutput(["VBoxManage", "list", "vms"]);
  return [...listed.matchAll(/^"(.*)" \{(.*)\}$/gm)].map(([, name, uuid]) => ({ name, uuid }));
}

/** The VM of a machine of the inventory: the one whose name ends in the machine's. */
export async function vmOf(machine: string): Promise<string> {
  const found = (await vms()).filter(({ name }) => name.split(/[^a-z0-9]/).includes(machine));
  if (found.length !== 1) throw new Error(`${found.length} VMs are named after ${machine}`);
  return found[0].uuid;
}

/** What `VBoxManage showvminfo --machinereadable` says of a VM. */
export async function vmInfo(uuid: string): Promise<Record<string, string>> {
  const text = await labOutput(["VBoxManage", "showvminfo", uuid, "--machinereadable"]);
  return Object.fromEntries(
    [...text.matchAll(/^"?([^"=]+)"?="?(.*?)"?$/gm)].map(([, key, value]) => [key, value]),
  );
}

/** Every machine boots from its disk, and nothing else is in it: neither the installer's DVD nor a seed disk with keys. */
export async function expectDisksOnly(): Promise<void> {
  for (const { uuid } of await vms()) {
    const info = await vmInfo(uuid);
    expect(info.boot1).toBe("disk");
    const media = Object.entries(info).filter(([key, value]) => /-\d+-\d+$/.test(key) && /^\//.test(value));
    expect(media).toHaveLength(1);
  }
}

/** By how many keys the master reads Secrets; not the file itself, as what machines say is written down. */
export const encryptionKeys = async (run: OnMachine): Promise<number> =>
  Number(
    await outputOn(run, "il", `grep -o '"secret":' /var/lib/kluster/kubernetes/encryption.json | wc -l`),
  );
