/** What a terminal obeys instead of showing it: colours and movements (CSI), titles and links (OSC and its kind). */
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)/g;
/** Controls, what turns the direction of text round or has no width, halves of characters, line ends of Unicode's own. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text from a stranger (another process, a machine, VirtualBox, a server) as it may be shown: with lines and tabs, but
 * nothing that a terminal obeys, and nothing that Pulumi takes for a colour: at an unknown one its command ends with a
 * panic. Other text stays as it is.
 */
export function printable(text: string): string {
  return text
    .replace(SEQUENCE, "")
    .replace(/\r\n?/g, "\n")
    .replace(UNPRINTABLE, "\ufffd")
    .replace(/<\{(?=%)/g, "<{ ")
    .replace(/%(?=\}>)/g, "% ");
}

/**
 * The same in one line, for words in the midst of a sentence.
 * @param longest characters; what is longer is cut off and ends with …
 */
export function printableLine(text: string, longest = 200): string {
  const characters = [...printable(text).replace(/\s+/g, " ").trim()];
  return characters.length <= longest ? characters.join("") : `${characters.slice(0, longest - 1).join("")}…`;
}
