/**
 * The lab's private stack file: an existing text with the lab's own settings put in and everything else kept, the
 * encryption salt and comments included. Values are written as JSON, which is YAML too.
 * @param text of the file so far, in the block style that Pulumi writes
 * @param settings by their full names, such as kluster:inventory
 * @throws Error when `config` is there in a style that cannot be added to
 */
export function stackFileWith(text: string, settings: Record<string, unknown>): string {
  const lines = text.split("\n").filter((line, i, all) => i < all.length - 1 || line !== "");
  const start = lines.findIndex((line) => /^config:/.test(line));
  if (start >= 0 && !/^config:\s*(\{\s*\}\s*)?(#.*)?$/.test(lines[start]))
    throw new Error(
      `the stack file says "${lines[start]}"; write its settings below config:, one a line, indented`,
    );
  const end = start < 0 ? -1 : lines.findIndex((line, i) => i > start && /^[^\s#]/.test(line));
  const body = start < 0 ? [] : lines.slice(start + 1, end < 0 ? undefined : end);
  const before = start < 0 ? lines : lines.slice(0, start);
  const after = end < 0 ? [] : lines.slice(end);
  const indent = body.find((line) => /^\s+[^\s#]/.test(line))?.match(/^\s+/)![0] ?? "  ";
  const ours = Object.entries(settings).map(([key, value]) => `${indent}${key}: ${JSON.stringify(value)}`);
  return [...before, "config:", ...ours, ...without(body, indent, Object.keys(settings)), ...after, ""].join(
    "\n",
  );
}

/** The lines of `config` without those of some settings, whose values may go on over deeper lines. */
function without(body: string[], indent: string, keys: string[]): string[] {
  let dropping = false;
  return body.filter((line) => {
    const key =
      line.startsWith(indent) && line.slice(indent.length).match(/^["']?([\w-]+:[\w-]+)["']?:(\s|$)/)?.[1];
    if (key) dropping = keys.includes(key);
    else if (line.trim() !== "" && !line.startsWith(`${indent} `)) dropping = false;
    return !dropping;
  });
}
