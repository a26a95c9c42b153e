import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type ClusterSettings,
  type HetznerSettings,
  loadSettings,
  type OperatorBox,
  type Problem,
  SettingsError,
  type VirtualBoxSettings,
} from "../../settings";

/** A Linux box on which nobody has configured VirtualBox's networks. */
export const PLAIN_BOX: OperatorBox = { platform: "linux" };

/** The smallest inventory that is right. */
export const INVENTORY = `
[kluster]
master = "il"

[hosts.il]
host = "192.168.56.11"

[hosts.ee]
host = "192.168.56.12"
`;

/** The same at Hetzner. */
export const SERVERS = INVENTORY.replaceAll("192.168.56.", "10.64.0.");

/** The smallest configuration of a stack at Hetzner that is right, and what a test puts on top of it. */
export const atHetzner = (config: Record<string, unknown> = {}) => ({
  provider: "hetzner",
  access: ["203.0.113.7/32"],
  ...config,
});

/** What a test gives in place of a right project. */
export interface Given {
  /** Content of hosts.toml; none is written for null. */
  toml?: string | null;
  config?: Record<string, unknown>;
  /** Name of the stack. */
  stack?: string;
  box?: OperatorBox;
  /** Further files by their paths. */
  files?: Record<string, string>;
}

/** A folder for projects; every one is gone after the test file. */
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export function projectFolder({ toml = INVENTORY, files = {} }: Given): string {
  const folder = mkdtempSync(join(tmpdir(), "kluster-settings-"));
  folders.push(folder);
  const all = toml === null ? files : { "hosts.toml": toml, ...files };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export function load(given: Given = {}, folder = projectFolder(given)): ClusterSettings {
  return loadSettings(
    { stack: given.stack ?? "dev", config: given.config ?? {} },
    folder,
    given.box ?? PLAIN_BOX,
  );
}

/** What VirtualBox must know of the machines; fails where they are of another kind. */
export function virtualBox({ provider }: ClusterSettings): VirtualBoxSettings {
  if (provider.kind !== "virtualbox") throw new Error(`the machines are ${provider.kind}'s`);
  return provider;
}

/** What Hetzner Cloud must know of the servers; fails where the machines are of another kind. */
export function hetzner({ provider }: ClusterSettings): HetznerSettings {
  if (provider.kind !== "hetzner") throw new Error(`the machines are ${provider.kind}'s`);
  return provider;
}

/** The problems of a project, its folder written as PROJECT; fails where there is none. */
export function problemsOf(given: Given): Problem[] {
  const folder = projectFolder(given);
  try {
    load(given, folder);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return JSON.parse(JSON.stringify(error.problems).replaceAll(folder, "PROJECT")) as Problem[];
  }
  throw new Error("the settings were accepted");
}

/** A row of a table: what is wrong, the project, and its problems, each as where, what, allowed and next. */
export type Refusal = [title: string, given: Given, refusals: [string, string, string, string][]];

export function refusalsOf(given: Given): Refusal[2] {
  return problemsOf(given).map(({ file, line, key, value, what, allowed, next }) => [
    [line === undefined ? file : `${file}, line ${line}`, ...(key === undefined ? [] : [key])].join(", ") +
      (value === undefined ? "" : key === undefined ? `, ${value}` : ` = ${value}`),
    what,
    allowed,
    next,
  ]);
}
