import { shellQuote } from "../shell";
import { Session } from "../ssh";
import { cpioArchive } from "./cpio";
import { Scripts } from "./scripts";

/** In memory; kexec.sh appends it to the initrd, whose copy on the disk is deleted before the installer starts. */
const SEED_FILE = "/run/kluster-takeover/seed.cpio";
/** Half a gigabyte is copied and read into memory by a kernel with one processor, which may share it. */
const KEXEC_TIMEOUT = 300_000;

/** What the installer needs in order to answer as this machine, and nobody else. */
export interface InstallerSeed {
  /** Public key that root may log in with, as a line of authorized_keys. */
  authorizedKey: string;
  /** The machine's lasting ed25519 host key, private half, in OpenSSH's PEM format. */
  hostPrivateKey: string;
  /** MAC address of the network card to the internet, in lower case. */
  publicMac: string;
  /** Address with prefix length of that card. */
  ipv6?: string;
}

/**
 * What is appended to the installer's initrd: /kluster/seed.sh, which the installer runs, and its values beside it.
 * @param script text of scripts/kexec-seed.sh
 */
export function seedArchive(script: string, seed: InstallerSeed): Buffer {
  const settings = {
    AUTHORIZED_KEYS: seed.authorizedKey.trim(),
    HOST_KEY: seed.hostPrivateKey.trim(),
    PUBLIC_MAC: seed.publicMac,
    PUBLIC_IPV6: seed.ipv6 ?? "",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${shellQuote(value)}\n`);
  return cpioArchive([
    { path: "kluster", mode: 0o700 },
    { path: "kluster/seed.sh", mode: 0o700, content: script },
    { path: "kluster/settings", mode: 0o600, content: lines.join("") },
  ]);
}

/**
 * Makes a machine leave its system for the installer, which must be in its store. When this returns, it is about to.
 * @param installer store path of the installer's tree (nix/kexec-installer.nix)
 * @throws ScriptError with the kernel's words when it does not take the installer
 */
export async function startInstaller(
  scripts: Scripts,
  session: Session,
  installer: string,
  seed: InstallerSeed,
): Promise<void> {
  const archive = seedArchive(await scripts.text("kexec-seed.sh"), seed);
  await scripts.run(session, "place-file.sh", [SEED_FILE, "0600"], { stdin: archive });
  await scripts.run(session, "kexec.sh", [installer, SEED_FILE], { timeout: KEXEC_TIMEOUT });
}
