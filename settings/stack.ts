import { resolve } from "node:path";
import { type PinnedFile } from "./cluster";
import { type Cidr, formatCidr, overlap, parseCidr } from "./cidr";
import { DEFAULTS } from "./defaults";
import { STACK_KEYS } from "./keys";
import {
  CPUS,
  DISK,
  type Limits,
  NODE_MEMORY,
  NODE_NETWORK_PREFIX,
  NODE_PORTS,
  PODS_PREFIX,
  PORT,
  type PrefixLimits,
  SERVICES_PREFIX,
  TAKEN_PORTS,
} from "./limits";
import { readModules } from "./modules";
import { readInstaller, readNixpkgs } from "./pins";
import { type Problems } from "./problems";
import { Section, type Table } from "./section";
import { stackSource } from "./sources";
import { suggestion } from "./suggestion";

/** Stack configuration as Pulumi hands it over. */
export interface RawConfig {
  /** Name of the Pulumi stack. */
  stack: string;
  /** The keys of `kluster:` without that prefix; values are structured, or text (JSON where it holds a structure). */
  config: Table;
}

/** The stack's configuration as far as it could be read; what is undefined was reported, or has no fixed default. */
export interface StackConfig {
  section: Section;
  /** The inventory file as the user named it, and absolute. */
  inventory: { file: string; path: string };
  /** False where this program can't make the machines of the asked kind, so that nothing else about them is checked. */
  virtualbox: boolean;
  adapter?: "hostonly" | "bridged";
  bridge?: string;
  /** Undefined with a bridge, too, where the master's address decides. */
  network?: Cidr;
  pods?: Cidr;
  services?: Cidr;
  apiPort: number;
  /** For hosts that say nothing themselves. */
  hosts: { memory: number; cpus: number; disk: number };
  modules: string[];
  nixpkgs: PinnedFile & { minimumNix: string };
  installer: PinnedFile;
}

/** Kinds of machines that are planned: whoever asks for one is told that it is not a slip of the pen. */
const PROVIDERS_TO_COME = ["hetzner", "existing"];

/** Networks that no machine, pod or service can have its address in. */
const SPECIAL_NETWORKS: [network: string, what: string][] = [
  ["0.0.0.0/8", "addresses without a meaning outside one machine"],
  ["127.0.0.0/8", "loopback addresses"],
  ["169.254.0.0/16", "link-local addresses"],
  ["224.0.0.0/3", "multicast and reserved addresses"],
];

/** Reads the stack's configuration and reports everything about it that is wrong in itself. */
export function readStack(raw: RawConfig, projectFolder: string, problems: Problems): StackConfig {
  const section = new Section(stackSource(raw.stack), [], raw.config, problems);
  section.onlyKnown(STACK_KEYS);
  const file =
    section.text("inventory", "the path of a TOML file, from the project's folder on", DEFAULTS.inventory) ??
    DEFAULTS.inventory;
  const provider = readProvider(section);
  const adapter = readChoice(section, "adapter", ["hostonly", "bridged"] as const, DEFAULTS.adapter);
  const size = (key: "memory" | "cpus" | "disk", limits: Limits) =>
    section.integer(key, limits, DEFAULTS[key]) ?? DEFAULTS[key];
  return {
    section,
    inventory: { file, path: resolve(projectFolder, file) },
    virtualbox: provider === "virtualbox",
    adapter,
    bridge: readBridge(section, adapter),
    network: readCidr(
      section,
      "network",
      NODE_NETWORK_PREFIX,
      adapter === "hostonly" ? DEFAULTS.network : undefined,
    ),
    pods: readCidr(section, "pods", PODS_PREFIX, DEFAULTS.pods),
    services: readCidr(section, "services", SERVICES_PREFIX, DEFAULTS.services),
    apiPort: readApiPort(section),
    hosts: { memory: size("memory", NODE_MEMORY), cpus: size("cpus", CPUS), disk: size("disk", DISK) },
    modules: readModules(section, projectFolder),
    nixpkgs: readNixpkgs(section),
    installer: readInstaller(section),
  };
}

/** One of a few words. A wrong one is reported and gives undefined, so that nothing is judged by a guess. */
function readChoice<T extends string>(
  section: Section,
  key: string,
  choices: readonly T[],
  preset: T,
): T | undefined {
  if (!section.has(key)) return preset;
  const written = section.text(key, choices.join(" or "), preset);
  const choice = choices.find((one) => one === written);
  if (written !== undefined && choice === undefined) {
    const meant = suggestion(written, choices);
    section.refuse(key, {
      what: "there is no such choice",
      allowed: choices.join(" or "),
      next: (meant ? `did you mean "${meant}"? ` : "") + section.set(key, meant ?? preset),
    });
  }
  return choice;
}

function readProvider(section: Section): string | undefined {
  const written = section.raw("provider");
  if (typeof written !== "string" || !PROVIDERS_TO_COME.includes(written)) {
    // A slip of the pen: the rest is checked as it will be with the right word.
    return readChoice(section, "provider", ["virtualbox"], DEFAULTS.provider) ?? DEFAULTS.provider;
  }
  section.refuse("provider", {
    what: "machines of this kind can't be made yet",
    allowed: "virtualbox",
    next: section.set("provider", "virtualbox"),
  });
  return undefined;
}

function readBridge(section: Section, adapter: string | undefined): string | undefined {
  const allowed =
    "the name of the interface of this box that the machines share, such as eth0 (VBoxManage list bridgedifs)";
  if (adapter === "bridged" && !section.has("bridge")) {
    section.refuse("bridge", {
      what: "missing: a bridged adapter needs an interface of this box",
      allowed,
      next: section.set("bridge", "INTERFACE"),
    });
  }
  const bridge = section.text("bridge", allowed, "eth0");
  if (adapter === "hostonly" && bridge !== undefined) {
    section.refuse("bridge", {
      what: "it has no meaning with adapter hostonly",
      allowed: "only with adapter bridged",
      next: `${section.remove("bridge")} (or ${section.set("adapter", "bridged")})`,
    });
  }
  // It becomes an argument of VBoxManage, which would take a dash for an option.
  if (bridge !== undefined && /^-|^\s|\s$|[\p{Cc}]/u.test(bridge)) {
    section.refuse("bridge", { what: "not the name of an interface", allowed });
  }
  return bridge;
}

function readCidr(
  section: Section,
  key: string,
  prefixes: PrefixLimits,
  preset: string | undefined,
): Cidr | undefined {
  const sizes = `/${prefixes.min} to /${prefixes.max}`;
  const example = preset ?? DEFAULTS.network;
  const allowed = `an IPv4 network, ${sizes}, such as ${example}`;
  if (!section.has(key)) return preset === undefined ? undefined : parseCidr(preset);
  const text = section.text(key, allowed, example);
  if (text === undefined) return undefined;
  const cidr = parseCidr(text);
  const refuse = (what: string, right = example) =>
    void section.refuse(key, { what, allowed, next: section.set(key, right) });
  if (!cidr) return refuse("not an IPv4 network");
  if (cidr.prefix < prefixes.min) return refuse(`too large a network: ${prefixes.tooLarge}`);
  if (cidr.prefix > prefixes.max) return refuse(`too small a network: ${prefixes.tooSmall}`);
  if (formatCidr(cidr) !== text)
    return refuse("an address within the network instead of its first", formatCidr(cidr));
  const special = SPECIAL_NETWORKS.find(([network]) => overlap(cidr, parseCidr(network)!));
  if (special) return refuse(`it holds ${special[1]} (${special[0]})`);
  return cidr;
}

function readApiPort(section: Section): number {
  const port = section.integer("apiPort", PORT, DEFAULTS.apiPort);
  if (port === undefined) return DEFAULTS.apiPort;
  const isNodePort = port >= NODE_PORTS.from && port <= NODE_PORTS.to;
  const owner = isNodePort ? "services of type NodePort" : TAKEN_PORTS.get(port);
  if (owner !== undefined) {
    section.refuse("apiPort", {
      what: `on the master this port belongs to ${owner}`,
      allowed: `a free TCP port, such as ${DEFAULTS.apiPort} or 443`,
      next: section.set("apiPort", String(DEFAULTS.apiPort)),
    });
  }
  return port;
}
