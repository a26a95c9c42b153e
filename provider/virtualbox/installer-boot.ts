import { isFault } from "./errors";
import { explain } from "./failure";
import { typeLine } from "./keyboard";
import { devicePath, PORTS } from "./spec";
import { VBoxManage } from "./vboxmanage";

/**
 * What is typed at the installer's console, where user `nixos` is logged in: run the seed disk's script as root.
 *
 * It has no spaces because nobody knows what reads the keys: the ISO's boot menu (syslinux) may still be there. For it
 * Space, "+", "<", ">", Tab and Esc move the mark or open its prompt, and Enter boots what is marked: a line with
 * spaces can start Memtest. Of this line it understands only "-", one entry up towards the first, which is the
 * one to boot; other characters are hot keys, and that menu has none. So a line that comes too early does no
 * more than boot the installer at once. bash makes the words out of the braces.
 */
export const SEED_LINE = `{sudo,sh,${devicePath(PORTS.seed)}}`;

export interface InstallerBoot {
  /** Whether the machine answers as itself by now (SSH with its pinned host key). Has a time limit of its own. */
  answers: () => Promise<boolean>;
  /** Milliseconds from the machine's start until it must answer. Ten minutes unless told. */
  deadline?: number;
  /** Milliseconds before the first line: firmware needs that long to look at its keyboard. 500 unless told. */
  firstPause?: number;
  /** Milliseconds from the end of one line to the next. 2 s unless told. */
  interval?: number;
}

/** Milliseconds between two looks whether the machine answers. */
const POLL = 500;

/**
 * Sees a started machine through the boot of the installer: types the line that runs its seed disk, again and
 * again, since nobody can tell when the console is ready, until the machine answers. The script takes a lock
 * and does nothing twice, so that too many lines do no harm.
 * @throws Error at the deadline or when the machine stops running
 */
export async function bootInstaller(vbox: VBoxManage, uuid: string, boot: InstallerBoot): Promise<void> {
  const { answers, deadline = 600_000, firstPause = 500, interval = 2_000 } = boot;
  const end = vbox.clock.now() + deadline;
  await vbox.sleep(firstPause);
  for (let lines = 0; ; lines++) {
    const next = vbox.clock.now() + (lines === 0 ? 0 : interval);
    do {
      if (await answers()) return;
      if (vbox.clock.now() >= end) throw silent(uuid, deadline, lines);
      const rest = Math.min(POLL, next - vbox.clock.now());
      if (rest > 0) await vbox.sleep(rest);
    } while (vbox.clock.now() < next);
    vbox.waiting(`waiting for the installer to answer (line typed ${lines + 1} times)`);
    await typeSeedLine(vbox, uuid);
  }
}

async function typeSeedLine(vbox: VBoxManage, uuid: string): Promise<void> {
  try {
    await typeLine(vbox, uuid, SEED_LINE);
  } catch (error) {
    // Nobody reads the keyboard right now (a kernel is just being loaded), or VirtualBox's service was not there in
    // time and what was typed is half a line: the next line will do.
    if (isFault(error, "scancodes", "no-service")) return;
    if (isFault(error, "not-running")) throw await explain(vbox, uuid, error);
    throw error;
  }
}

function silent(uuid: string, deadline: number, lines: number): Error {
  return new Error(
    `the installer did not answer by SSH within ${deadline / 1000} s, though its console got the line ${SEED_LINE} ${lines} times. ` +
      "See what stands on its screen (`VBoxManage controlvm " +
      `${uuid} screenshotpng screen.png\`): a shell with an error of the script, a boot that hangs, or an address that is taken. ` +
      "Running this again goes on with the same machine.",
  );
}
