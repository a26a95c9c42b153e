/**
 * A driver for VirtualBox 7 over VBoxManage. It knows VirtualBox and nothing else: what is done when, and what is
 * kept where, is its caller's business.
 *
 *   const vbox = new VBoxManage(run, { signal, onWait });
 *   await checkPlatform(vbox);
 *   const iso = await ensureIso(pinned, { cacheFolder });
 *   const { name } = await ensureHostOnly(vbox, { address: "192.168.56.1", prefixLength: 24 });
 *   const machines = new Machines(vbox);
 *   await machines.ensureCreated(spec, { iso, seed: seedDisk(values, script) });
 *   await bringUp(vbox, uuid, { answers, waitForSystem });
 *   … install …
 *   await machines.removeInstallMedia(uuid);
 *   await machines.start(uuid);
 */
export { VBoxManage } from "./vboxmanage";
export type { VBoxManageOptions } from "./vboxmanage";
export { isFault, VBoxManageError } from "./errors";
export type { Fault } from "./errors";
export { checkPlatform, PlatformError, unsupported } from "./platform";
export type { Platform } from "./platform";
export { Machines } from "./machine";
export type { Created, Observed } from "./machine";
export { readExtraData, writeExtraData } from "./extra-data";
export { checkSpec, devicePath, PORTS, SpecError } from "./spec";
export type { Attachment, Hardware, Identity, InstallMedia, MachineSpec } from "./spec";
export { seedDisk } from "./seed";
export type { SeedValues } from "./seed";
export { bringUp } from "./bring-up";
export type { Answering } from "./bring-up";
export {
  ensureCarrying,
  ensureHostOnly,
  HostOnlyError,
  lookAtHostOnly,
  removeHostOnlyIfUnused,
} from "./hostonly";
export type { HostOnlyFound, HostOnlyNetwork, HostOnlySight } from "./hostonly";
export { ensureIso, IsoError, isoPath } from "./iso";
export type { IsoOptions, PinnedIso } from "./iso";
export { locks, LockTimeout, withLock } from "./lock";
export type { LockOptions } from "./lock";
