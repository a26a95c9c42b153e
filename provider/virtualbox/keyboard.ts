import { VBoxManage } from "./vboxmanage";

/** Most scancodes that one call may put into the machine's keyboard: its queue is small (VERR_PDM_NO_QUEUE_ITEMS). */
const CHUNK = 25;
/** Milliseconds between two calls, in which the machine reads what the queue holds. */
const PAUSE = 100;
/** Press and release of the Enter key. */
const ENTER = ["1c", "9c"];

/** Characters that VirtualBox types with Shift held, on the US layout, the only one it types. */
const SHIFTED = /[A-Z!"#$%&()*+:<>?@^_{|}~]/;

/**
 * Scancodes that `keyboardputstring` sends for a text: press and release of each key, and of Shift wherever
 * it changes, which is released at the end.
 */
export function countScancodes(text: string): number {
  let shift = false;
  let count = 0;
  for (const character of text) {
    const needed = SHIFTED.test(character);
    count += needed === shift ? 2 : 3;
    shift = needed;
  }
  return count + (shift ? 1 : 0);
}

/**
 * Cuts a text into pieces that each fit into the keyboard's queue.
 * @throws Error for characters that VirtualBox cannot type
 */
export function chunks(text: string): string[] {
  const wrong = /[^\x20-\x7e]/u.exec(text);
  if (wrong)
    throw new Error(`VirtualBox cannot type ${JSON.stringify(wrong[0])}: only printable ASCII characters`);
  const pieces: string[] = [];
  for (const character of text) {
    const last = pieces.at(-1);
    if (last !== undefined && countScancodes(last + character) <= CHUNK)
      pieces[pieces.length - 1] += character;
    else pieces.push(character);
  }
  return pieces;
}

/**
 * Types a line and Enter on a running machine's keyboard.
 * @throws VBoxManageError: "not-running", or "scancodes" when the machine reads no keys at this moment
 */
export async function typeLine(vbox: VBoxManage, uuid: string, line: string): Promise<void> {
  for (const chunk of chunks(line)) {
    await vbox.call(["controlvm", uuid, "keyboardputstring", chunk]);
    await vbox.sleep(PAUSE);
  }
  await vbox.call(["controlvm", uuid, "keyboardputscancode", ...ENTER]);
}
