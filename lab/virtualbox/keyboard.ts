/** Scan codes (set 1) of the keys of a US keyboard: code, character alone, character with Shift. */
const KEYS: [code: number, plain: string, shifted: string][] = [
  ...row(0x02, "1234567890-=", "!@#$%^&*()_+"),
  ...row(0x10, "qwertyuiop[]", "QWERTYUIOP{}"),
  ...row(0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
  ...row(0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
  [0x0f, "\t", "\t"],
  [0x1c, "\n", "\n"],
  [0x39, " ", " "],
];

const SHIFTS = [0x2a, 0x36];
const RELEASE = 0x80;

function row(first: number, plain: string, shifted: string): [number, string, string][] {
  return [...plain].map((character, at) => [first + at, character, shifted[at]]);
}

/** The characters that `keyboardputstring` types; VirtualBox leaves out what a US keyboard has no key for. */
export const typeable = (text: string) =>
  [...text].filter((character) => KEYS.some((key) => key.includes(character))).join("");

/** The scan codes that type a text: press and release of each key, with Shift held where it takes that. */
export function scancodesFor(text: string): number[] {
  return [...text].flatMap((character) => {
    const key = KEYS.find((key) => key.includes(character));
    if (!key) throw new Error(`a US keyboard has no key for ${JSON.stringify(character)}`);
    const [code, plain] = key;
    const tap = [code, code | RELEASE];
    return character === plain ? tap : [SHIFTS[0]!, ...tap, SHIFTS[0]! | RELEASE];
  });
}

/** What a sequence of scan codes types. */
export interface Typed {
  text: string;
  /** Shift is still held down at the end. */
  shiftHeld: boolean;
  /** Keys that the lab's machines have no notion of, as hex bytes. */
  unknown: string[];
}

/** Turns scan codes (hex bytes) into the text that they type. */
export function decodeScancodes(codes: string[], shiftHeld: boolean): Typed {
  const typed: Typed = { text: "", shiftHeld, unknown: [] };
  for (const hex of codes) {
    const code = parseInt(hex, 16);
    const pressed = code < RELEASE;
    const key = KEYS.find(([make]) => make === (code & ~RELEASE));
    if (SHIFTS.includes(code & ~RELEASE)) typed.shiftHeld = pressed;
    else if (!key) typed.unknown.push(hex);
    else if (pressed) typed.text += typed.shiftHeld ? key[2] : key[1];
  }
  return typed;
}
