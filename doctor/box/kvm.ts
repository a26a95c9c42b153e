import { release } from "node:os";
import { kvmAdvice, kvmObstacle, type KvmState } from "../../provider/virtualbox/kvm";
import { readVersion } from "../../provider/virtualbox/version";
import { type Check, problem, well } from "../check";
import { type Box, isVirtualBox } from "./subject";

/** Whether KVM leaves the processor's virtualization to VirtualBox. */
export const kvmCheck: Check<Box> = {
  name: "kvm",
  async look(box) {
    if (!isVirtualBox(box)) return undefined;
    const { version } = await readVersion(box.vbox).catch(() => ({ version: undefined }));
    if (!version) return undefined; // the check of VirtualBox says why
    const state = readKvm(
      box.read("/proc/modules") ?? "",
      box.read("/sys/module/kvm/parameters/enable_virt_at_load"),
    );
    const obstacle = kvmObstacle(version, state);
    return obstacle === undefined
      ? well(state.loaded ? "KVM leaves the processor to VirtualBox" : "KVM is not loaded")
      : problem(obstacle, kvmAdvice(version, box.read("/proc/sys/kernel/osrelease")?.trim() ?? release()));
  },
};

/**
 * @param modules text of /proc/modules: name, size, and how many users it has now
 * @param atLoad text of the parameter: Y or N
 */
export function readKvm(modules: string, atLoad: string | undefined): KvmState {
  const vendor = /^kvm_(?:intel|amd) \d+ (\d+) /m.exec(modules);
  return {
    loaded: vendor !== null,
    used: vendor !== null && Number(vendor[1]) > 0,
    ...(atLoad === undefined ? {} : { atLoad: /^[Y1]/.test(atLoad) }),
  };
}
