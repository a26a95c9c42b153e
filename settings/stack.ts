import { resolve } from "node:path";
import { ALTERNATIVES } from "./alternatives";
import { type PinnedFile, type RolloutSettings } from "./cluster";
import { type Cidr, parseCidr } from "./cidr";
import { DEFAULTS } from "./defaults";
import { POD_SECURITY, type PodSecurity, type ProviderKind, REBOOT } from "./keys";
import { KINDS, type Machines } from "./kinds";
import {
  CERTIFICATE_DAYS,
  MAX_UNAVAILABLE,
  NODE_PORTS,
  PODS_PREFIX,
  PORT,
  type PrefixLimits,
  SERVICES_PREFIX,
  TAKEN_PORTS,
} from "./limits";
import { readModules } from "./modules";
import { readNixpkgs } from "./pins";
import { type IsPlain } from "./plain-text";
import { type Problems } from "./problems";
import { readProvider, refuseStackKeys } from "./provider";
import { readCidr } from "./read-cidr";
import { readRotations, type Rotations } from "./rotate";
import { readSecrets } from "./secrets";
import { Section, type Table } from "./section";
import { readSnapshots, type SnapshotSettings } from "./snapshots";
import { stackSource } from "./sources";
import { readWireGuard, type WireGuardStack } from "./wireguard";

/** Stack configuration as Pulumi hands it over. */
export interface RawConfig {
  /** Name of the Pulumi stack. */
  stack: string;
  /** The keys of `kluster:` without that prefix; values are structured, or text (JSON where it holds a structure). */
  config: Table;
  /** Which of these keys Pulumi keeps encrypted, at least in part; absent where that is not known. */
  secretKeys?: readonly string[];
  /** Numbers as they are written in the stack's file, by key, where YAML reads them by eights. */
  octal?: ReadonlyMap<string, string>;
  /** Whether a value is in plain text in the stack's file, by its path; absent where that is not known. */
  isPlain?: IsPlain;
}

/** The stack's configuration as far as it could be read; what is undefined was reported, or has no fixed default. */
export interface StackConfig {
  section: Section;
  /** The inventory file as the user named it, and absolute. */
  inventory: { file: string; path: string };
  /** Name of the Pulumi stack. */
  name: string;
  /** Undefined where this program can't make machines of the asked kind, so that nothing else about them is checked. */
  provider?: ProviderKind;
  /** Likewise. */
  machines?: Machines;
  wireguard: WireGuardStack;
  pods?: Cidr;
  services?: Cidr;
  apiPort: number;
  certificateDays: number;
  podSecurity: PodSecurity;
  /** Whether pods may run on the master that do not ask for it. */
  allowSchedulingOnMaster: boolean;
  rollout: RolloutSettings;
  modules: string[];
  /** Plain text. */
  secrets: Record<string, string>;
  rotate: Rotations;
  snapshots: SnapshotSettings;
  nixpkgs: PinnedFile & { minimumNix: string };
}

/** Reads the stack's configuration and reports everything about it that is wrong in itself. */
export function readStack(raw: RawConfig, projectFolder: string, problems: Problems): StackConfig {
  const section = new Section(stackSource(raw.stack, raw.octal), [], raw.config, problems);
  const provider = readProvider(section);
  refuseStackKeys(section, provider);
  const file =
    section.text("inventory", "the path of a TOML file, from the project's folder on", DEFAULTS.inventory) ??
    DEFAULTS.inventory;
  const machines = provider && KINDS[provider].read(section, raw.stack);
  return {
    section,
    provider,
    name: raw.stack,
    inventory: { file, path: resolve(projectFolder, file) },
    machines,
    wireguard: readWireGuard(section, machines?.encrypted ?? false),
    pods: readRange(section, "pods", PODS_PREFIX),
    services: readRange(section, "services", SERVICES_PREFIX),
    apiPort: readApiPort(section),
    certificateDays:
      section.integer("certificateDays", CERTIFICATE_DAYS, DEFAULTS.certificateDays) ??
      DEFAULTS.certificateDays,
    podSecurity: section.choice("podSecurity", POD_SECURITY, DEFAULTS.podSecurity) ?? DEFAULTS.podSecurity,
    allowSchedulingOnMaster:
      section.flag("allowSchedulingOnMaster", DEFAULTS.allowSchedulingOnMaster) ??
      DEFAULTS.allowSchedulingOnMaster,
    rollout: readRollout(section),
    modules: readModules(section, projectFolder),
    secrets: readSecrets(section, raw.stack, raw.secretKeys?.includes("secrets")),
    rotate: readRotations(section),
    snapshots: readSnapshots(section, {
      ...{ stack: raw.stack, projectFolder },
      // Of the whole table Pulumi says only whether anything in it is encrypted.
      isPlain: (path) => raw.secretKeys?.includes(path[0]) === false || (raw.isPlain?.(path) ?? false),
    }),
    nixpkgs: readNixpkgs(section),
  };
}

function readRange(section: Section, key: "pods" | "services", prefixes: PrefixLimits): Cidr | undefined {
  if (!section.has(key)) return parseCidr(DEFAULTS[key]);
  return readCidr(section, key, { prefixes, examples: ALTERNATIVES[key] });
}

function readRollout(section: Section): RolloutSettings {
  const { maxUnavailable, reboot } = DEFAULTS;
  return {
    maxUnavailable: section.integer("maxUnavailable", MAX_UNAVAILABLE, maxUnavailable) ?? maxUnavailable,
    reboot: section.choice("reboot", REBOOT, reboot) ?? reboot,
  };
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
      next: section.set("apiPort", DEFAULTS.apiPort),
    });
  }
  return port;
}
