/**
 * What other programs get of our environment: what tells them where things are, how to speak and how to reach the
 * internet. Never the rest, where Pulumi and the clouds have their passphrases and tokens: what Nix evaluates can read
 * all that Nix has and put it into files that everybody can read, and the process of a virtual machine keeps what it was
 * started with for as long as it lives.
 */
const NAMES = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "TERM", "TMPDIR", "TZ"],
  ...["LANG", "LANGUAGE", "LOCALE_ARCHIVE"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR"],
]);

/** Settings of Nix, of nixpkgs, of VirtualBox, and of our own and the rehearsal lab's, none of which is a secret. */
const PREFIXES = ["LC_", "XDG_", "NIX_", "NIXPKGS_", "VBOX_", "KLUSTER_"];

const PROXY = /^(https?|ftp|all|no)_proxy$/i;

/** The variables of `all` that a program may have which is none of ours. */
export function childEnvironment(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(all).filter(([name]) => isForChildren(name)));
}

const isForChildren = (name: string) =>
  NAMES.has(name) || PROXY.test(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
