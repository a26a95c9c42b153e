import { systemClock } from "../clock";
import { INSTALLATION, InstallationInputs } from "../declarations/nixos";
import { installSystem, InstallPlan, prepareDisk, rootPartition } from "../nixos/install";
import { Probe, probe } from "../nixos/probe";
import { Context, implement, Resource } from "../resource";
import { connect, Login, Session, SshError, waitForSsh, withSession } from "../ssh";
import { hasUnknown } from "../values";
import { deliver } from "./deliver";
import { loginOf } from "./login";
import { MachineServices } from "../machine-services";

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

/** How long things may take, in milliseconds. */
export interface InstallationTimes {
  /** Booting from the disk takes a minute on a slow box; five without an answer mean that it does not boot. */
  boot: number;
  /** What a system that has just been installed gets to shut down. */
  shutdown: number;
  /** While the installer goes down and the system comes up, a wrong answer may pass. */
  keyGrace: number;
  /** A login on a machine that has just been worked on. */
  dial: number;
  /** Between two looks at an installer that is to go down. */
  pause: number;
}

const TIMES: InstallationTimes = {
  boot: 300_000,
  shutdown: 60_000,
  keyGrace: 20_000,
  dial: 30_000,
  pause: 1_000,
};

/**
 * NixOS on a machine's disk, and the machine booted from it. Everything after that is the System's; so a change
 * of the system, the keys or the secrets is no change of the installation.
 */
export function installation(
  services: MachineServices,
  power: VmPower,
  times: InstallationTimes = TIMES,
  port = 22,
): Resource<InstallationInputs, object> {
  const { scripts } = services;
  const login = (inputs: InstallationInputs) => ({ ...loginOf(inputs), port });

  async function install(inputs: InstallationInputs, session: Session, context: Context): Promise<void> {
    const plan: InstallPlan = inputs;
    await context.phase("partition", () => prepareDisk(scripts, session, plan));
    await deliver(services, inputs, login(inputs), "/mnt", context);
    await context.phase("install", () => installSystem(scripts, session, plan, context.status));
  }

  /** Makes the machine leave the installer for its disk. */
  async function restart(inputs: InstallationInputs, context: Context): Promise<void> {
    if (inputs.vm) return power.startFromDisk(inputs.vm, 0, context); // an installer holds nothing
    const session = await connect(login(inputs), { timeout: times.dial, signal: context.signal });
    await withSession(Promise.resolve(session), (session) => scripts.run(session, "reboot.sh", [])).catch(
      (error) => {
        // It may take the connection down before the script has ended; whether it went down is seen next.
        if (!(error instanceof SshError)) throw error;
      },
    );
  }

  /** Looks at the machine when it has booted anew: for a while the installer goes on answering, with the same key. */
  async function afterBoot(inputs: InstallationInputs, before: Probe, context: Context): Promise<Probe> {
    const deadline = Date.now() + times.boot;
    const timeIsUp = () => Date.now() + times.pause >= deadline;
    for (;;) {
      try {
        const session = waitForSsh(login(inputs), {
          deadline: Math.max(times.dial, deadline - Date.now()), // a look that has begun is not cut short
          grace: times.keyGrace,
          onWait: (reason) => context.status(`waiting for the boot from disk: ${reason}`),
          signal: context.signal,
        });
        const now = await withSession(session, (session) =>
          probe(scripts, session, rootPartition(inputs.disk)),
        );
        if (now.bootId !== before.bootId || timeIsUp()) return now;
        context.status("waiting for the boot from disk: the installer still runs");
      } catch (error) {
        const wentDown = error instanceof SshError && error.reason === "closed";
        if (!wentDown || timeIsUp()) throw error;
      }
      await systemClock.sleep(times.pause, context.signal);
    }
  }

  async function bootFromDisk(inputs: InstallationInputs, before: Probe, context: Context): Promise<void> {
    await restart(inputs, context);
    const now = await afterBoot(inputs, before, context).catch((error) => {
      throw withNewBeginning(error, inputs);
    });
    const doubts = proveBoot(before, now, inputs);
    if (doubts.length) throw new Error(`${inputs.machine} did not boot as installed: ${doubts.join("; ")}`);
  }

  return implement(INSTALLATION, {
    replaceOn: ["identity"],
    ignore: [
      "machine",
      "address",
      "hostKey",
      "privateKey",
      "vm",
      "hostPrivateKey",
      "drvPath",
      "storePath",
      "secretFiles",
      "secrets",
    ],

    async check(inputs, _context, before) {
      if (!before || before.identity !== inputs.identity) return { inputs };
      const failures = (["disk", "rootUuid"] as const)
        .filter((property) => before[property] !== inputs[property] && !hasUnknown(inputs[property]))
        .map((property) => ({
          property,
          reason: `${inputs.machine} has been installed with ${before[property]} and would not boot with ${inputs[property]}. Set it back (disk_uuid of the host in the inventory); or have the machine made anew, which loses what is on its disk, by taking it out of the inventory for one \`pulumi up\`.`,
        }));
      return { inputs, failures };
    },

    async create(inputs, context) {
      if (inputs.vm) {
        await power.bringUp(inputs.vm, login(inputs), context).catch((error) => {
          throw withNewBeginning(error, inputs);
        });
      }
      const installer = waitForSsh(login(inputs), {
        deadline: times.boot,
        onWait: (reason) => context.status(`waiting for the installer: ${reason}`),
        signal: context.signal,
      }).catch((error) => {
        throw withNewBeginning(inputs.vm ? error : withWayBack(error, inputs.machine), inputs);
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
      else if (inputs.vm) await power.startFromDisk(inputs.vm, times.shutdown, context);
      return { id: inputs.identity, outputs: {} };
    },
  });
}

/** A server's installer is in memory alone: what else answers may be the stock system that was there before it. */
function withWayBack(error: unknown, machine: string): unknown {
  if (!(error instanceof SshError) || error.reason !== "host-key") return error;
  return new SshError(
    "host-key",
    `${error.message}. If ${machine} was restarted before NixOS was on its disk, it runs its stock system again: \`pulumi up --replace URN\`, with the URN of ${machine}'s Takeover (\`pulumi stack --show-urns\`), brings the installer back.`,
  );
}

/** A first system that lets nobody in has none before it to go back to, and answers no later run either. */
function withNewBeginning(error: unknown, { machine, vm }: { machine: string; vm?: string }): unknown {
  if (!(error instanceof SshError) || error.reason === "host-key") return error;
  const what = vm ? "virtualbox:Machine" : "hcloud Server";
  return new SshError(
    error.reason,
    `${error.message}. If ${machine} was installed with a configuration that lets nobody in, no system of before can be gone back to: correct the configuration, and have the machine made anew by \`pulumi up --replace URN\`, with the URN of its ${what} (\`pulumi stack --show-urns\`).`,
  );
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
