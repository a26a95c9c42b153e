import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dnsRolledOut } from "../support/dns";
import { filesWith } from "../support/files";
import { testInLong } from "../support/in-long";
import { apply, kubectl, tryKubectl } from "../support/kubernetes";
import { failure, inLab, labOutput, stack, testState } from "../support/lab";
import { encryptionKeys, onMachines, outputOn, vmOf } from "../support/machines";
import { configure, plannedChanges, previewFindsNothing, pulumi, tryPulumi, up } from "../support/pulumi";
import { eventually } from "../support/wait";
import { clusterIsWhole } from "../support/whole";

const SNAPSHOTS = join(testState, "snapshots");
const BACKUPS = join(testState, "backups");
const LOST = "what-was-lost-and-is-back";

/** A command of package.json; fails the test when it fails. */
async function npm(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const command = ["env", "KLUSTER_BACKUP_PASSPHRASE=right horse", "npm", "run", "--silent", ...args];
  const finished = await inLab([...command, "--stack", stack]);
  if (finished.code !== 0) throw failure(command, finished);
  return finished;
}

/** In the lab, whose variables say where Pulumi keeps what. */
const shell = (script: string) => labOutput(["bash", "-c", script]);
const value = (kind: string) => kubectl(["get", kind, "kept", "-o", "jsonpath={.data.it}"]);
const encoded = Buffer.from(LOST).toString("base64");

export function recovered(): void {
  let snapshot: string;
  let backup: string;

  test("a snapshot of etcd is taken when it is asked for, and only its key opens it", async () => {
    for (const folder of [SNAPSHOTS, BACKUPS]) rmSync(folder, { recursive: true, force: true });
    await configure("kluster:snapshots.folder", SNAPSHOTS, "--path");
    await up();
    await previewFindsNothing();
    const data = { metadata: { name: "kept" }, apiVersion: "v1" };
    await apply({ ...data, kind: "ConfigMap", data: { it: LOST } });
    await apply({ ...data, kind: "Secret", stringData: { it: LOST } });
    snapshot = (await npm("etcd", "--", "snapshot")).stdout.trim();
    expect(snapshot.startsWith(`${SNAPSHOTS}/etcd-`)).toBe(true);
    expect([SNAPSHOTS, snapshot].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual([
      "700",
      "600",
    ]);
    expect(filesWith([LOST, encoded, "default"], SNAPSHOTS)).toEqual([]);
  });

  testInLong("another key is preceded by one more, and both are in the list", async () => {
    await configure("kluster:rotate.encryption", "lost-and-found", "--path");
    const { stdout, stderr } = await tryPulumi(["preview"]);
    expect((stdout + stderr).replace(/\s+/g, " ")).toContain(
      "before keys (encryption) change: a snapshot of etcd is taken",
    );
    await up();
    const lines = (await npm("etcd", "--", "list")).stdout.trim().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^${snapshot} .* MB  asked for$`)),
      expect.stringMatching(/MB {2}before keys \(encryption\) change$/),
    ]);
    expect(readdirSync(SNAPSHOTS)).toHaveLength(2);
  });

  test("a state that is lost comes back from its backup, and nothing has to change", async () => {
    await shell(`mkdir -p ${BACKUPS}`);
    backup = (await npm("backup", "--", BACKUPS)).stdout.trim();
    expect((statSync(backup).mode & 0o777).toString(8)).toBe("600");
    expect(filesWith(["kluster:inventory", "PRIVATE KEY", "AGE-SECRET-KEY"], BACKUPS)).toEqual([]);
    await shell('rm -r "${PULUMI_BACKEND_URL#file://}/.pulumi"');
    expect((await tryPulumi(["preview"])).code).not.toBe(0);
    await npm("backup", "--", "restore", backup);
    await previewFindsNothing();
    expect(await value("configmap")).toBe(LOST);
  });

  testInLong("a passphrase that is lost: the same backup, under another one", async () => {
    await shell('echo another passphrase >"$PULUMI_CONFIG_PASSPHRASE_FILE"');
    expect((await tryPulumi(["preview"])).stdout + (await tryPulumi(["preview"])).stderr).toMatch(
      /passphrase/,
    );
    // What is there is not overwritten.
    await expect(npm("backup", "--", "restore", backup)).rejects.toThrow(/has a state. Nothing was changed/);
    await pulumi("stack", "rm", "--force", "--yes", "--preserve-config");
    await npm("backup", "--", "restore", backup);
    await previewFindsNothing();
    await clusterIsWhole();
  });

  test("a master that is lost is made again, and its etcd comes back, by the key of today", async () => {
    const uuid = await vmOf("il");
    await labOutput(["VBoxManage", "controlvm", uuid, "poweroff"]);
    await eventually("VirtualBox to unlock the machine that has just gone off", 30, () =>
      labOutput(["VBoxManage", "unregistervm", uuid, "--delete"]),
    );
    await pulumi("refresh", "--yes");
    expect((await plannedChanges()).create).toContainEqual(expect.stringMatching(/virtualbox:Machine::il$/));
    await up();
    // The API server was started anew at the very end, and lets nobody in before it has read who may do what.
    await eventually("the API to know nothing of what was there", 60, async () =>
      expect((await tryKubectl(["get", "secret", "kept"])).stderr).toContain("NotFound"),
    );

    const { stderr } = await npm("etcd", "--", "restore", snapshot, "--yes");
    writeFileSync(join(testState, "restore.log"), stderr);
    expect(stderr).toContain("the cluster is what it was");
    expect([await value("configmap"), await value("secret")]).toEqual([LOST, encoded]);
    await onMachines(async (run) => {
      expect(await encryptionKeys(run)).toBe(1);
      expect(await outputOn(run, "il", "ls -d /var/lib/etcd/member.before-*")).toMatch(/before-\d+T\d+Z\n$/);
    });
    await clusterIsWhole();
    await dnsRolledOut();
    await kubectl(["delete", "secret/kept", "configmap/kept"]);
  });
}
