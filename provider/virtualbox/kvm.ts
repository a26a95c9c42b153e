import { compareVersions, Version } from "./version";

/** From this release on VirtualBox wants the opposite of what it wanted before. */
const REVERSED = { major: 7, minor: 2, patch: 10 };

/**
 * What to do about KVM holding the processor, on this very box: the cure of one release of VirtualBox is the
 * illness of the next.
 * @param kernel release of the running kernel, such as 6.12.3-amd64
 */
export function kvmAdvice(version: Version, kernel: string): string {
  const stop = "Stop QEMU/KVM machines: they and VirtualBox cannot run at the same time.";
  if (compareVersions(version, REVERSED) >= 0) {
    return (
      `${stop} VirtualBox ${version.text} needs kvm.enable_virt_at_load=1, which is the kernel's default: remove what sets it to 0 ` +
      "(kernel command line, /etc/modprobe.d) and reboot, or unload KVM with `sudo modprobe -r kvm_intel kvm_amd kvm`."
    );
  }
  const [major = 0, minor = 0] = kernel.split(".").map((part) => parseInt(part, 10));
  if (major > 6 || (major === 6 && minor >= 12)) {
    return (
      `${stop} Linux ${kernel} gives KVM the processor as soon as its module is loaded: boot with kvm.enable_virt_at_load=0, ` +
      "or unload KVM with `sudo modprobe -r kvm_intel kvm_amd kvm`."
    );
  }
  return `${stop} If there are none, unload KVM with \`sudo modprobe -r kvm_intel kvm_amd kvm\`.`;
}

/** What of KVM is on this box. */
export interface KvmState {
  /** Whether kvm_intel or kvm_amd is loaded. */
  loaded: boolean;
  /** Whether machines of KVM run now. */
  used: boolean;
  /** The parameter kvm.enable_virt_at_load; undefined before Linux 6.12, which has none. */
  atLoad?: boolean;
}

/** Why VirtualBox's machines will not start beside this KVM; undefined where they will. */
export function kvmObstacle(version: Version, { loaded, used, atLoad }: KvmState): string | undefined {
  if (!loaded) return undefined;
  if (used) return "machines of QEMU/KVM run, and hold the processor's virtualization";
  if (compareVersions(version, REVERSED) >= 0)
    return atLoad === false
      ? `kvm.enable_virt_at_load is 0, and VirtualBox ${version.text} needs KVM to have switched virtualization on`
      : undefined;
  return atLoad === true
    ? `KVM has held the processor's virtualization since its module was loaded (kvm.enable_virt_at_load is 1)`
    : undefined;
}
