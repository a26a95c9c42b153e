import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "@iarna/toml";
import { type Change, withChanges } from "./advice";
import { parseAddress } from "./cidr";
import { DEFAULTS } from "./defaults";
import { isForAll } from "./foreign-words";
import { HOSTNAME_RULE, hostnameFault, nearestHostname } from "./hostname";
import { INVENTORY_KEYS, KLUSTER_KEYS } from "./keys";
import { readLabels } from "./labels";
import { readModules } from "./modules";
import { type Problems, show } from "./problems";
import { refuseHostKeys } from "./provider";
import { isTable, Section, type Table } from "./section";
import { inventorySource } from "./sources";
import { type StackConfig } from "./stack";
import { suggestion } from "./suggestion";
import { readTaints } from "./taints";

/** The inventory file as far as it could be read; what is undefined is either not there or was reported. */
export interface Inventory {
  /** The name that [kluster] gives, whether such a host is there or not. */
  master?: string;
  hosts: InventoryHost[];
}

/** One [hosts.<name>], without what only machines of one kind have. */
export interface InventoryHost {
  name: string;
  /** Where it stands, for further problems with it. */
  section: Section;
  /** IPv4 address as a number. */
  address?: number;
  diskUuid?: string;
  labels: Record<string, string>;
  /** By key and effect, see HostSettings. */
  taints: Record<string, string>;
  /** Absolute paths */
  modules: string[];
}

const UUID_RULE = "a UUID such as 01b3bcba-c0ef-4538-8dd2-f7dee2952322, that no other host has";

/**
 * Reads the inventory file and reports everything about it that is wrong in itself. How its addresses fit the network
 * is checked where the network is known.
 * @param changes made to what the file says before it is looked at
 */
export function readInventory(
  stack: StackConfig,
  problems: Problems,
  changes: readonly Change[] = [],
): Inventory {
  const { file } = stack.inventory;
  const source = inventorySource(file);
  const written = readToml(stack, problems);
  if (!written) return { hosts: [] };
  const content = withChanges(written, changes);
  const top = new Section(source, [], content, problems);
  refuseDefaults(top, stack);
  top.onlyKnown(INVENTORY_KEYS, top.keys.filter(isForAll));
  const hosts = hostTable(top, stack);
  const master = readMaster(top, hosts?.keys);
  const found = (hosts?.keys ?? []).flatMap((name) => readHost(hosts!, name, stack) ?? []);
  refuseDoubleUuids(found);
  return { master, hosts: found };
}

function readToml(stack: StackConfig, problems: Problems): Table | undefined {
  const { file, path } = stack.inventory;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    problems.add({
      file,
      value: show(path),
      what: `can't be read: ${reason(error)}`,
      allowed: "a TOML file with the cluster's hosts",
      next: `write it (docs/guide/settings.md shows how), or name another: ${stack.section.set("inventory", "FILE")}`,
    });
    return undefined;
  }
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const line = lineOf(error);
    const content = line === undefined ? undefined : text.split(/\r?\n/)[line - 1]?.trim();
    problems.add({
      file,
      line,
      value: content ? show(content) : undefined,
      what: `not TOML: ${firstSentence(reason(error))}`,
      allowed: `TOML (https://toml.io): key = value lines under [table] headings, text in double quotes, every key and table once`,
      next: line === undefined ? "correct the file" : `correct line ${line}, or the one before it`,
    });
    return undefined;
  }
}

/** Reports tables with what holds for every machine, which other tools have in their inventories. */
function refuseDefaults(top: Section, stack: StackConfig): void {
  const example = stack.machines?.exampleCommand ?? stack.section.set("apiPort", DEFAULTS.apiPort);
  for (const key of top.keys.filter(isForAll)) {
    top.refuse(key, {
      value: undefined,
      what: "there is no such table: what holds for every host stands in the stack's configuration",
      allowed: INVENTORY_KEYS.join(", "),
      next: `${top.remove(key)}, and set each of its keys there, such as: ${example}`,
    });
  }
}

/** @param names the names of the hosts, where any could be read */
function readMaster(top: Section, names: readonly string[] | undefined): string | undefined {
  const allowed = "the name of one of the hosts" + (names?.length ? `: ${names.join(", ")}` : "");
  const example = names?.[0] ?? "il";
  const kluster = top.table("kluster", `[kluster] with master = "${example}"`);
  if (!kluster) {
    if (!top.has("kluster")) {
      top.refuse("kluster", {
        what: "there is no such table",
        allowed: `[kluster] with master = "${example}"`,
        next: `write [kluster] and below it master = "${example}" into ${top.source.file}`,
      });
    }
    return undefined;
  }
  kluster.onlyKnown(KLUSTER_KEYS);
  if (!kluster.has("master")) {
    kluster.refuse("master", {
      what: "missing: no host is the master",
      allowed,
      next: kluster.propose("master", names?.length ? names : [example]),
    });
    return undefined;
  }
  const master = kluster.text("master", allowed, example);
  if (master !== undefined && names?.length && !names.includes(master)) {
    const meant = suggestion(master, names);
    kluster.refuse("master", {
      what: "there is no such host",
      allowed,
      next: meant ? kluster.proposeMeant("master", meant) : kluster.propose("master", names),
    });
  }
  return master;
}

function hostTable(top: Section, stack: StackConfig): Section | undefined {
  const allowed = `a table for each host: ${tableExample(stack)}`;
  const hosts = top.table("hosts", allowed);
  if (hosts ? hosts.keys.length === 0 : !top.has("hosts")) {
    top.refuse("hosts", {
      what: "there are no hosts",
      allowed,
      next: `write a table for each machine into ${top.source.file}`,
    });
    return undefined;
  }
  return hosts;
}

function readHost(hosts: Section, name: string, stack: StackConfig): InventoryHost | undefined {
  const fault = hostnameFault(name);
  if (fault !== undefined) {
    const nearest = nearestHostname(name);
    hosts.refuse(name, {
      value: undefined,
      what: fault,
      allowed: HOSTNAME_RULE,
      next: nearest ? `call it ${nearest}` : "give it another name",
    });
  }
  if (!isTable(hosts.raw(name))) {
    hosts.refuse(name, {
      what: "not a table",
      allowed: tableExample(stack),
      next: `write [hosts.NAME] and its keys below it`,
    });
    return undefined;
  }
  const section = hosts.table(name, tableExample(stack))!;
  refuseHostKeys(section, stack.provider, stack.section);
  return {
    name,
    section,
    address: readAddress(section, stack),
    diskUuid: readUuid(section),
    labels: readLabels(section),
    taints: readTaints(section, stack.section),
    modules: readModules(section, dirname(stack.inventory.path)),
  };
}

/** An address that the first of the shipped machines has. */
const exampleAddress = ({ machines }: StackConfig) => machines?.exampleAddress ?? "192.168.56.11";

const tableExample = (stack: StackConfig) => `[hosts.il] with host = "${exampleAddress(stack)}"`;

function readAddress(section: Section, stack: StackConfig): number | undefined {
  const example = exampleAddress(stack);
  const allowed = `an IPv4 address: four numbers from 0 to 255 without leading zeros, such as ${example}`;
  const next = "write the address that this machine shall have";
  if (!section.has("host"))
    section.refuse("host", { what: "missing: the machine has no address", allowed, next });
  const text = section.text("host", allowed, example);
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) section.refuse("host", { what: "not an IPv4 address", allowed, next });
  return address;
}

function readUuid(section: Section): string | undefined {
  const text = section.text("disk_uuid", UUID_RULE, "01b3bcba-c0ef-4538-8dd2-f7dee2952322")?.toLowerCase();
  if (text === undefined) return undefined;
  // All zeros is how ext4 says that a file system has no UUID.
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) && /[^0-]/.test(text)) return text;
  section.refuse("disk_uuid", {
    what: "not a UUID",
    allowed: UUID_RULE,
    next: "leave the key out to have one made, or make one with uuidgen",
  });
  return undefined;
}

function refuseDoubleUuids(hosts: readonly InventoryHost[]): void {
  const owners = new Map<string, string>();
  for (const { diskUuid, name, section } of hosts) {
    if (diskUuid === undefined) continue;
    const owner = owners.get(diskUuid);
    if (owner === undefined) owners.set(diskUuid, name);
    else {
      section.refuse("disk_uuid", {
        what: `${owner} has this UUID too`,
        allowed: UUID_RULE,
        next: "leave the key out to have one made, or make one with uuidgen",
      });
    }
  }
}

/** Line of a TOML error, from 1. */
function lineOf(error: unknown): number | undefined {
  const line = isTable(error) ? error.line : undefined;
  return typeof line === "number" ? line + 1 : undefined;
}

/** Node's messages end in the system call and path, which the problem names already; TOML's in an excerpt. */
function firstSentence(message: string): string {
  return message.split("\n")[0].replace(/ at row [0-9]+, col [0-9]+.*$/, "");
}

function reason(error: unknown): string {
  const code = isTable(error) ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
