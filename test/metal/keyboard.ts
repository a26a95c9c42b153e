import { Run } from "../../provider/process";
import { VBoxManage } from "../../provider/virtualbox/vboxmanage";
import { KeyEvent, Qmp } from "./qmp";

const SHIFT = 0x2a;
const RELEASE = 0x80;
/** Rows of a US keyboard: scan code (set 1) of the first key, the characters alone and with Shift. */
const ROWS: [first: number, plain: string, shifted: string][] = [
  [0x02, "1234567890-=", "!@#$%^&*()_+"],
  [0x10, "qwertyuiop[]", "QWERTYUIOP{}"],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
  [0x39, " ", " "],
];

/** The keys that VirtualBox's `keyboardputstring` presses and releases for a text. */
export const keysFor = (text: string): KeyEvent[] => [...text].flatMap(keysOf);

function keysOf(character: string): KeyEvent[] {
  for (const [first, plain, shifted] of ROWS) {
    const at = plain.indexOf(character);
    if (at >= 0) return tap(first + at);
    const above = shifted.indexOf(character);
    if (above >= 0) return [{ code: SHIFT, down: true }, ...tap(first + above), { code: SHIFT, down: false }];
  }
  throw new Error(`a US keyboard has no key for ${JSON.stringify(character)}`);
}

const tap = (code: number): KeyEvent[] => [
  { code, down: true },
  { code, down: false },
];

/** VBoxManage as far as kluster types by it; the keys are those of a guest of QEMU. */
export function typingBy(qmp: Qmp): VBoxManage {
  const run: Run = async (_command, [verb, , action, ...words]) => {
    if (verb !== "controlvm") throw new Error(`there is no VirtualBox here to ${verb}`);
    if (action === "keyboardputstring") await qmp.press(keysFor(words.join(" ")));
    else if (action === "keyboardputscancode") await qmp.press(words.map(keyEvent));
    else throw new Error(`there is no VirtualBox here to ${action}`);
    return { code: 0, stdout: "", stderr: "" };
  };
  return new VBoxManage(run);
}

/** @param hex as VirtualBox takes it: the highest bit says that the key is released */
function keyEvent(hex: string): KeyEvent {
  const code = parseInt(hex, 16);
  return { code: code & ~RELEASE, down: code < RELEASE };
}
