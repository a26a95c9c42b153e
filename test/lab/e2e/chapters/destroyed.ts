import { checkoutFiles } from "../../../support/checkout";
import { readdirSync } from "node:fs";
import { filesWith, temporaryFiles } from "../support/files";
import { labOutput, temporaryFolder, testState } from "../support/lab";
import { vms } from "../support/machines";
import { deployment, destroy } from "../support/pulumi";
import { markersOf, secretsOfStack } from "../support/secrets";

/** Kinds of program that run on behalf of machines or of the program; none may outlive them. */
const ofMachines = /systemd-nspawn|kubelet|kube-apiserver|etcd|flanneld|VBoxHeadless/;
const ofPulumi = /pulumi-resource-|pulumi-language-|\bprovider\.js\b|ssh-agent/;

/** Before the first of these tests: other programs' files, which are not to be read. */
const temporaryBefore = temporaryFiles();

export function destroyed(): void {
  test("leaves no VM, medium, key file or process", async () => {
    const markers = markersOf(await secretsOfStack());
    const before = checkoutFiles();
    await destroy();

    expect(
      (await deployment()).resources?.filter(({ type }) => type !== "pulumi:pulumi:Stack") ?? [],
    ).toEqual([]);
    expect(await vms()).toEqual([]);
    for (const kind of ["hdds", "dvds"])
      expect((await labOutput(["VBoxManage", "list", kind])).trim()).toBe("");
    const processes = (await labOutput(["ps", "-eo", "args"])).split("\n");
    expect(processes.filter((args) => ofMachines.test(args) || ofPulumi.test(args))).toEqual([]);

    expect(readdirSync(temporaryFolder).filter((name) => /kluster|nix|ssh|agent/.test(name))).toEqual([]);
    // Others leave files in the box's own folder, too; but a program may have been careless with a key there.
    const left = temporaryFiles().filter((path) => !temporaryBefore.includes(path));
    const looked = [testState, temporaryFolder, ...left];
    expect(looked.flatMap((path) => filesWith(markers, path))).toEqual([]);
    expect(checkoutFiles()).toBe(before);
  });
}
