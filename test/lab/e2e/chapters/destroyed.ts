import { checkoutFiles } from "../../../support/checkout";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { filesWith, temporaryFiles } from "../support/files";
import { labOutput, temporaryFolder, testState } from "../support/lab";
import { vmOf, vms } from "../support/machines";
import { deployment, destroy } from "../support/pulumi";
import { markersOf, secretsOfStack } from "../support/secrets";
import { eventually } from "../support/wait";

/** Kinds of program that run on behalf of machines or of the program; none may outlive them. */
const ofMachines = /systemd-nspawn|kubelet|kube-apiserver|etcd|flanneld|VBoxHeadless/;
const ofPulumi = /pulumi-resource-|pulumi-language-|\bprovider\.js\b|ssh-agent/;

/** Before the first of these tests: other programs' files, which are not to be read. */
const temporaryBefore = temporaryFiles();

/** A disk of the user's own. */
const photos = join(testState, "photos.vdi");

/** Does with ee what a user can do in VirtualBox's window. */
async function attachPhotos(): Promise<void> {
  const uuid = await vmOf("ee");
  await labOutput(["VBoxManage", "createmedium", "disk", "--filename", photos, "--size", "8"]);
  await labOutput(["VBoxManage", "controlvm", uuid, "poweroff"]);
  const slot = ["--storagectl", "SATA", "--port", "3", "--device", "0", "--type", "hdd"];
  await eventually("VirtualBox to unlock the machine that has just gone off", 30, () =>
    labOutput(["VBoxManage", "storageattach", uuid, ...slot, "--medium", photos]),
  );
  await labOutput(["VBoxManage", "startvm", uuid, "--type", "headless"]);
}

/** Where the media are that VirtualBox knows. */
const media = async (kind: "hdds" | "dvds") =>
  [...(await labOutput(["VBoxManage", "list", kind])).matchAll(/^Location: +(.*)$/gm)].map(
    ([, file]) => file,
  );

export function destroyed(): void {
  beforeAll(attachPhotos);

  test("leaves no VM, medium, key file or process of its own", async () => {
    const markers = markersOf(await secretsOfStack());
    const before = checkoutFiles();
    await destroy();

    expect(
      (await deployment()).resources?.filter(({ type }) => type !== "pulumi:pulumi:Stack") ?? [],
    ).toEqual([]);
    expect(await vms()).toEqual([]);
    expect((await media("hdds")).filter((file) => file !== photos)).toEqual([]);
    expect(await media("dvds")).toEqual([]);
    const processes = (await labOutput(["ps", "-eo", "args"])).split("\n");
    expect(processes.filter((args) => ofMachines.test(args) || ofPulumi.test(args))).toEqual([]);

    expect(readdirSync(temporaryFolder).filter((name) => /kluster|nix|ssh|agent/.test(name))).toEqual([]);
    // Others leave files in the box's own folder, too; but a program may have been careless with a key there.
    const left = temporaryFiles().filter((path) => !temporaryBefore.includes(path));
    const looked = [testState, temporaryFolder, ...left];
    expect(looked.flatMap((path) => filesWith(markers, path))).toEqual([]);
    expect(checkoutFiles()).toBe(before);
  });
  test("leaves the disk that the user attached to a machine", async () => {
    expect(await media("hdds")).toEqual([photos]);
    expect(existsSync(photos)).toBe(true);
    await labOutput(["VBoxManage", "closemedium", "disk", photos, "--delete"]);
  });
}
