/** What a host may be called, in words for people. */
export const HOSTNAME_RULE =
  "lower-case letters, digits and hyphens, 1 to 63 of them, a letter or digit first and last (a DNS label, RFC 1123)";

/** What is wrong with a host's name, or undefined when nothing is. */
export function hostnameFault(name: string): string | undefined {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return "not a DNS label in lower case";
  // getaddrinfo reads "10" as the address 0.0.0.10 and "0xa" likewise, so no machine would ever be found by it.
  if (/^([0-9]+|0x[0-9a-f]*)$/.test(name))
    return "programs would take this name for a number, that is an address";
  // Every machine's hosts file gives this name to the machine itself already.
  if (name === "localhost") return "every machine calls itself that already";
  // The TOML reader takes this table for a part of JavaScript's own and spoils it.
  if (name === "constructor") return "the reader of this file has a use of its own for this name";
  return undefined;
}

/** The nearest name that would be right, or undefined when nothing of the name can be kept. */
export function nearestHostname(name: string): string | undefined {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  if (label && hostnameFault(label) === undefined) return label;
  const prefixed = `node-${label}`.slice(0, 63);
  return label && hostnameFault(prefixed) === undefined ? prefixed : undefined;
}
