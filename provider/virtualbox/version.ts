import { VBoxManage } from "./vboxmanage";

/** A release of VirtualBox. */
export interface Version {
  major: number;
  minor: number;
  patch: number;
  /** As VBoxManage prints it, such as 7.2.22_Debianr175245. */
  text: string;
}

/** Finds the version in what `VBoxManage --version` prints, whatever warnings stand around it. */
export function parseVersion(text: string): Version | undefined {
  const match = /^\s*(\d+)\.(\d+)\.(\d+)(\S*)\s*$/m.exec(text);
  if (!match) return undefined;
  const [major, minor, patch] = match.slice(1, 4).map(Number) as [number, number, number];
  return { major, minor, patch, text: match[0].trim() };
}

/** Negative when `one` is older than `other`. */
export function compareVersions(one: Version, other: Omit<Version, "text">): number {
  return one.major - other.major || one.minor - other.minor || one.patch - other.patch;
}

/**
 * Asks VirtualBox for its version.
 * @throws VBoxManageError when VBoxManage is missing; Error when it prints no version
 */
export async function readVersion(vbox: VBoxManage): Promise<{ version: Version; driverLoaded: boolean }> {
  const { stdout, driverWarning } = await vbox.call(["--version"], { timeout: 30_000 });
  const version = parseVersion(stdout);
  if (!version)
    throw new Error(`\`VBoxManage --version\` printed no version but: ${stdout.trim() || "nothing"}`);
  return { version, driverLoaded: !driverWarning };
}
