import { type PinnedFile } from "./cluster";
import { DEFAULTS } from "./defaults";
import { INSTALLER_KEYS, NIXPKGS_KEYS } from "./keys";
import { type Section } from "./section";

/** How a reader wants a SHA-256 written. */
interface HashForm {
  pattern: RegExp;
  allowed: string;
  /** Command that prints it in that form. */
  print: string;
}

/**
 * fetchTarball's hash. 52 characters hold 260 bits, so the first one can only be 0 or 1; the letters e, o, t and u are
 * not in Nix's alphabet.
 */
const NIX_BASE_32: HashForm = {
  pattern: /^[01][0-9abcdfghijklmnpqrsvwxyz]{51}$/,
  allowed: "a SHA-256 in Nix's base 32: 52 digits and lower-case letters without e, o, t and u",
  print:
    "nix-prefetch-url --unpack URL (or nix-hash --type sha256 --to-base32 HASH, for a hash in another form)",
};

const HEX: HashForm = {
  pattern: /^[0-9a-f]{64}$/,
  allowed: "a SHA-256 in hex: 64 digits and letters from a to f, in lower case",
  print: "sha256sum FILE (or nix-hash --type sha256 --to-base16 HASH, for a hash in another form)",
};

/** The nixpkgs to build from: the user's or the shipped one. Reports what is wrong with the user's. */
export function readNixpkgs(stack: Section): PinnedFile & { minimumNix: string } {
  const section = stack.table("nixpkgs", `a table with ${NIXPKGS_KEYS.join(", ")}`);
  if (!section) return { ...DEFAULTS.nixpkgs };
  section.onlyKnown(NIXPKGS_KEYS);
  return { ...readPin(section, NIX_BASE_32), minimumNix: readMinimumNix(section) };
}

/** The ISO to install from: the user's or the shipped one. Reports what is wrong with the user's. */
export function readInstaller(stack: Section): PinnedFile {
  const section = stack.table("installer", `a table with ${INSTALLER_KEYS.join(", ")}`);
  if (!section) return { ...DEFAULTS.installer };
  section.onlyKnown(INSTALLER_KEYS);
  return readPin(section, HEX);
}

/** A file and its hash. Both must be given: one of them alone would check a file by another's hash. */
function readPin(section: Section, form: HashForm): PinnedFile {
  const addresses = "an https:// or file:// URL";
  for (const [key, allowed, next] of [
    ["url", addresses, section.set("url", "URL")],
    ["sha256", form.allowed, `print it with ${form.print}`],
  ]) {
    if (!section.has(key))
      section.refuse(key, { what: "missing: a file and its hash go together", allowed, next });
  }
  const url = section.text("url", addresses, "URL");
  if (url !== undefined && !isFetchable(url)) {
    section.refuse("url", { what: "not such a URL", allowed: addresses, next: section.set("url", "URL") });
  }
  const sha256 = section.text("sha256", form.allowed, "HASH");
  if (sha256 !== undefined && !form.pattern.test(sha256)) {
    section.refuse("sha256", {
      what: "not a hash of this form",
      allowed: form.allowed,
      next: `print it with ${form.print}`,
    });
  }
  return { url: url ?? "", sha256: sha256 ?? "" };
}

function isFetchable(text: string): boolean {
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol === "https:") return url.hostname !== "";
  return url.protocol === "file:" && url.host === "" && /^file:\/\/\/./.test(text);
}

function readMinimumNix(section: Section): string {
  const allowed = 'a version as text, such as "2.18"';
  const written = section.raw("minimumNix");
  if (typeof written === "number") {
    section.refuse("minimumNix", {
      what: "a number, and as one 2.20 is the same as 2.2",
      allowed,
      next: "put it in quotes",
    });
    return DEFAULTS.nixpkgs.minimumNix;
  }
  const version = section.text("minimumNix", allowed, "2.18");
  if (version !== undefined && !/^[0-9]+\.[0-9]+(\.[0-9]+)?$/.test(version)) {
    section.refuse("minimumNix", { what: "not a version", allowed, next: section.set("minimumNix", "2.18") });
  }
  return version ?? DEFAULTS.nixpkgs.minimumNix;
}
