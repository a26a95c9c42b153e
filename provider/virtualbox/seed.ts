import { shellQuote } from "../shell";
import { MEBIBYTE } from "../units";

/** What the installer's system needs in order to answer as this machine, and nobody else. */
export interface SeedValues {
  /** Public keys that root may log in with, as lines of authorized_keys. */
  authorizedKeys: string[];
  /** The machine's pinned ed25519 host key, private half, in OpenSSH's PEM format. */
  hostKey: string;
  /** MAC address of NIC 2; six pairs of hex digits with colons. */
  clusterMac: string;
  /** IPv4 address of NIC 2. */
  address: string;
  prefixLength: number;
}

/**
 * Content of a machine's seed disk: scripts/seed.sh with its values before it, padded with zeros to whole
 * megabytes, since a disk has no end of file. It holds a private key: it belongs into the medium and nowhere else.
 * @param script text of scripts/seed.sh; a shell must never read past its end, so it has to end with `exit`
 */
export function seedDisk(values: SeedValues, script: string): Buffer {
  if (!/(^|\n)exit( 0)?\n$/.test(script)) {
    throw new Error('the seed script must end with a line "exit": what follows it on the disk are zeros');
  }
  const assignments = shellAssignments({
    AUTHORIZED_KEYS: values.authorizedKeys.map((key) => key.trim()).join("\n"),
    HOST_KEY: values.hostKey.trim(),
    CLUSTER_MAC: values.clusterMac.toLowerCase(),
    CLUSTER_ADDRESS: `${values.address}/${values.prefixLength}`,
  });
  const text = Buffer.from(assignments + script, "utf8");
  const disk = Buffer.alloc(Math.ceil(text.length / MEBIBYTE) * MEBIBYTE);
  text.copy(disk);
  return disk;
}

/** Lines of a POSIX shell that give variables these very values, whatever characters are in them. */
export function shellAssignments(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`"${name}" is no name for a shell variable`);
      if (value.includes("\0"))
        throw new Error(`the value of ${name} holds a NUL character, which no shell variable can`);
      return `${name}=${shellQuote(value)}\n`;
    })
    .join("");
}
