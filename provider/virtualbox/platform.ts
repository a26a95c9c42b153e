import { release } from "node:os";
import { isFault, remedyFor } from "./errors";
import { VBoxManage } from "./vboxmanage";
import { compareVersions, readVersion, Version } from "./version";

const OLDEST = { major: 7, minor: 0, patch: 0 };
/** Newest minor release that the driver's knowledge comes from. */
const KNOWN = { major: 7, minor: 2 };
/** The one release whose NAT tells machines the box's own loopback name server (VirtualBox issues 136 and 205). */
const WITHOUT_NAMES = { major: 7, minor: 2, patch: 0 };

/** VirtualBox machines cannot be made on this box. */
export class PlatformError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PlatformError";
  }
}

export interface Platform {
  version: Version;
  /** Release of the running kernel. */
  kernel: string;
  /** What may go wrong, though nothing forbids trying. */
  warnings: string[];
}

export interface Host {
  /** As in process.platform. */
  platform: string;
  /** As in process.arch. */
  arch: string;
  kernel: string;
}

const thisHost = (): Host => ({ platform: process.platform, arch: process.arch, kernel: release() });

const ELSEWHERE = "Run this on a Linux computer with an x86-64 processor, or use a stack in the cloud.";

/** Why this kind of computer cannot work, before VirtualBox is even looked for; undefined when it can. */
export function unsupported(host: Pick<Host, "platform" | "arch">): string | undefined {
  if (host.platform === "darwin") {
    return `VirtualBox machines do not work on macOS yet: since VirtualBox 7 it has other host-only networks there. ${ELSEWHERE}`;
  }
  if (host.platform === "win32") {
    return `VirtualBox machines do not work on Windows yet: locks and paths are Linux's so far. ${ELSEWHERE}`;
  }
  if (host.platform !== "linux") return `VirtualBox machines do not work on ${host.platform}. ${ELSEWHERE}`;
  if (host.arch !== "x64") {
    return `VirtualBox machines do not work on ${host.arch} processors yet: the installer image is for x86-64. ${ELSEWHERE}`;
  }
  return undefined;
}

/**
 * Makes sure that VirtualBox can be used here, before anything is changed.
 * @throws PlatformError that names what is in the way and the next step
 */
export async function checkPlatform(vbox: VBoxManage, host: Host = thisHost()): Promise<Platform> {
  const obstacle = unsupported(host);
  if (obstacle) throw new PlatformError(obstacle);
  const { version, driverLoaded } = await readVersion(vbox).catch((error) => {
    if (isFault(error, "not-installed")) throw new PlatformError(error.message);
    throw error;
  });
  if (compareVersions(version, OLDEST) < 0) {
    throw new PlatformError(
      `VirtualBox ${version.text} is too old: 7.0 or newer is needed. Install a current VirtualBox (7.2 is best known to work).`,
    );
  }
  const warnings: string[] = [];
  if (version.major > KNOWN.major || (version.major === KNOWN.major && version.minor > KNOWN.minor)) {
    warnings.push(
      `VirtualBox ${version.text} is newer than ${KNOWN.major}.${KNOWN.minor}, the newest release that this was made for; it is used all the same.`,
    );
  }
  if (compareVersions(version, WITHOUT_NAMES) === 0) {
    warnings.push(
      `VirtualBox ${version.text} gives machines the name server 127.0.0.53 where this computer uses systemd-resolved: ` +
        "they can then download nothing. If their installation ends with names that are not found, install VirtualBox 7.2.2 or newer.",
    );
  }
  if (!driverLoaded) warnings.push(remedyFor("driver-not-loaded")!);
  return { version, kernel: host.kernel, warnings };
}
