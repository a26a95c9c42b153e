import { ensureCarrying } from "./hostonly";
import { bootInstaller } from "./installer-boot";
import { Machines } from "./machine";
import { VBoxManage } from "./vboxmanage";

/** How it is found out that a machine answers as itself: SSH with its pinned host key. */
export interface Answering {
  /** The machine's address on its cluster network. */
  address?: string;
  /** Whether it does by now. Has a time limit of its own. */
  answers(): Promise<boolean>;
  /** Waits until the system on its disk does, up to a deadline. */
  waitForSystem(): Promise<void>;
}

/**
 * Sees to it that a machine runs and answers, whatever it boots: the system on its disk by itself, the installer once
 * its line has been typed. That may have to be done again at any time before the installation is finished: a
 * machine that went off meanwhile boots an installer that knows nothing.
 * @throws HostOnlyError when this box does not reach it by its network; Error when it is gone, does not start, or does
 * not answer in time
 */
export async function bringUp(vbox: VBoxManage, uuid: string, answering: Answering): Promise<void> {
  const machines = new Machines(vbox);
  const found = await machines.observe(uuid);
  if (!found)
    throw new Error(
      `VirtualBox does not know the machine ${uuid} any more. \`pulumi refresh\`, then \`pulumi up\` makes it anew.`,
    );
  if (!found.running) await machines.start(uuid);
  // VirtualBox brings it up for each start, and somebody may have taken it down since, or its range for something else.
  if (found.network?.kind === "hostonly")
    await ensureCarrying(vbox, found.network.interface, answering.address);
  if (found.installed) await answering.waitForSystem();
  else await bootInstaller(vbox, uuid, { answers: () => answering.answers() });
}
