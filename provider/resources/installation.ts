import { installSystem, InstallPlan, prepareDisk, rootPartition } from "../nixos/install";
import { Probe, probe } from "../nixos/probe";
import { SecretFile, Secrets } from "../nixos/system";
import { Context, Resource } from "../resource";
import { Login, Session, waitForSsh, withSession } from "../ssh";
import { deliver } from "./deliver";
import { LoginInputs, loginOf } from "./login";
import { Workshop } from "../workshop";

/** A machine that answers as an installer, and what shall be on its disk. */
export interface InstallationInputs extends LoginInputs {
  /** This very machine: another one has to be installed anew. */
  identity: string;
  /** VirtualBox VM whose installation media go away afterwards; absent for other kinds of machines. */
  vm?: string;
  machine: string;
  disk: string;
  rootUuid: string;
  drvPath: string;
  storePath: string;
  hostPrivateKey: string;
  secretFiles: SecretFile[];
  secrets: Secrets;
}

/** What an installation asks of a virtual machine's owner. */
export interface VmPower {
  /** Sees to it that the VM runs and answers: a run that was killed may have left it off, or just booting. */
  bringUp(vm: string, login: Login, context: Context): Promise<void>;
  /**
   * Takes the VM's installation media away, as far as they are there, and starts it from its disk.
   * @param patience milliseconds that what runs gets to shut down, where anything has to be taken away
   */
  startFromDisk(vm: string, patience: number, context: Context): Promise<void>;
}

/** Booting from the disk takes a minute on a slow box; five without an answer mean that it does not boot. */
const BOOT_DEADLINE = 300_000;
/** A system that has just been installed shuts down in seconds. */
const SHUTDOWN_PATIENCE = 60_000;
/** While the installer goes down and the system comes up, a wrong answer may pass. */
const KEY_GRACE = 20_000;

/**
 * NixOS on a machine's disk, and the machine booted from it. Everything after that is the System's; so a change
 * of the system, the keys or the secrets is no change of the installation.
 */
export function installation(workshop: Workshop, power: VmPower): Resource<InstallationInputs, object> {
  const { scripts } = workshop;

  async function install(inputs: InstallationInputs, session: Session, context: Context): Promise<void> {
    const plan: InstallPlan = inputs;
    await context.phase("partition", () => prepareDisk(scripts, session, plan));
    await deliver(workshop, inputs, loginOf(inputs), "/mnt", context);
    await context.phase("install", () => installSystem(scripts, session, plan, context.status));
  }

  async function bootFromDisk(inputs: InstallationInputs, before: Probe, context: Context): Promise<void> {
    if (inputs.vm) await power.startFromDisk(inputs.vm, 0, context); // an installer holds nothing
    const booted = waitForSsh(loginOf(inputs), {
      deadline: BOOT_DEADLINE,
      grace: KEY_GRACE,
      onWait: (reason) => context.status(`waiting for the boot from disk: ${reason}`),
      signal: context.signal,
    });
    const now = await withSession(booted, (session) => probe(scripts, session, rootPartition(inputs.disk)));
    const doubts = proveBoot(before, now, inputs);
    if (doubts.length) throw new Error(`${inputs.machine} did not boot as installed: ${doubts.join("; ")}`);
  }

  return {
    type: "kluster-provider:nixos:Installation",
    secrets: ["privateKey", "hostPrivateKey", "secrets"],
    outputs: [],
    replaceOn: ["identity"],
    ignore: [
      ...["machine", "address", "hostKey", "privateKey", "vm", "hostPrivateKey"],
      ...["drvPath", "storePath", "secretFiles", "secrets"],
    ],

    async check(inputs, _context, before) {
      if (!before || before.identity !== inputs.identity) return { inputs };
      const failures = (["disk", "rootUuid"] as const)
        .filter((property) => before[property] !== inputs[property])
        .map((property) => ({
          property,
          reason: `${inputs.machine} has been installed with ${before[property]} and would not boot with ${inputs[property]}. Set it back (disk_uuid of the host in the inventory); or have the machine made anew, which loses what is on its disk, by taking it out of the inventory for one \`pulumi up\`.`,
        }));
      return { inputs, failures };
    },

    async create(inputs, context) {
      if (inputs.vm) await power.bringUp(inputs.vm, loginOf(inputs), context);
      const installer = waitForSsh(loginOf(inputs), {
        deadline: BOOT_DEADLINE,
        onWait: (reason) => context.status(`waiting for the installer: ${reason}`),
        signal: context.signal,
      });
      const before = await withSession(installer, async (session) => {
        const found = await probe(scripts, session, rootPartition(inputs.disk));
        if (found.installer) await install(inputs, session, context);
        // Not an installer: an earlier run came this far, and the machine has been booted from its disk.
        else if (found.identity !== inputs.identity) {
          throw new Error(
            `${inputs.machine} at ${inputs.address} runs neither the installer nor a system that was installed on this very machine. Nothing was changed. Delete the machine, or take it out of the inventory.`,
          );
        }
        return found;
      });
      if (before.installer) await context.phase("boot", () => bootFromDisk(inputs, before, context));
      // A run that was killed while it took the media away has left some, with the seed disk's secrets.
      else if (inputs.vm) await power.startFromDisk(inputs.vm, SHUTDOWN_PATIENCE, context);
      return { id: inputs.identity, outputs: {} };
    },
  };
}

/** What speaks against the machine having booted what was installed; nothing, if all is well. */
export function proveBoot(
  before: Probe,
  now: Probe,
  wanted: { identity: string; storePath: string },
): string[] {
  const doubts: string[] = [];
  if (now.bootId === before.bootId) doubts.push("it has not rebooted");
  if (now.installer) doubts.push("it runs the installer again");
  if (!now.onDisk) doubts.push("its root file system is not on the disk that was installed");
  if (now.identity !== wanted.identity) doubts.push("its disk does not carry the mark of this installation");
  if (now.system !== wanted.storePath) {
    doubts.push(`it runs ${now.system || "no NixOS system"} and not ${wanted.storePath}`);
  }
  return doubts;
}
