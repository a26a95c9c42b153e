import { Session } from "../ssh";
import { placeSecrets } from "./secrets";
import { Scripts } from "./scripts";
import { SecretFile, Secrets } from "./system";

/** nixos-install of a copied system only activates it once in a chroot and writes the boot loader. */
const INSTALL_TIMEOUT = 900_000;

export interface InstallPlan {
  /** The disk by its path, such as /dev/disk/by-path/pci-0000:00:0d.0-ata-1. */
  disk: string;
  /** UUID that the root file system gets. */
  rootUuid: string;
  storePath: string;
  /** The mark of a finished installation: this very machine. */
  identity: string;
  /** OpenSSH private key that the machine keeps as its host key. */
  hostPrivateKey: string;
  secretFiles: readonly SecretFile[];
  secrets: Secrets;
}

/** Name of the partition that holds the root file system (see scripts/prepare-disk.sh). */
export function rootPartition(disk: string): string {
  return `${disk}-part3`;
}

/** Partitions, formats and mounts the disk; a second time it begins anew. */
export async function prepareDisk(scripts: Scripts, session: Session, plan: InstallPlan): Promise<void> {
  await scripts.run(session, "prepare-disk.sh", [plan.disk, plan.rootUuid], { timeout: 300_000 });
}

/** The key by which a machine's SSH proves to be that machine (nix/ssh.nix). */
export const HOST_KEY: SecretFile = {
  secret: "host-key",
  path: "/etc/ssh/ssh_host_ed25519_key",
  uid: 0,
  gid: 0,
  mode: "0600",
};

/** Places host key and secrets, so that they are there before the first start of what needs them, and installs. */
export async function installSystem(
  scripts: Scripts,
  session: Session,
  plan: InstallPlan,
  status: (message: string) => void,
): Promise<void> {
  await placeSecrets(scripts, session, {
    files: plan.secretFiles,
    lasting: [HOST_KEY],
    secrets: { ...plan.secrets, "host-key": plan.hostPrivateKey },
  });
  await scripts.run(session, "install-system.sh", [plan.storePath, plan.identity], {
    timeout: INSTALL_TIMEOUT,
    onLine: status,
  });
}
