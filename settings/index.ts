import { type Change, chooseAdvice, withChanges } from "./advice";
import { formatCidr } from "./cidr";
import { type ClusterSettings } from "./cluster";
import { deepFreeze } from "./freeze";
import { describeHosts } from "./hosts";
import { readInventory } from "./inventory";
import { settleNetwork } from "./network";
import { octalNumbersOf } from "./octal";
import { operatorBox } from "./operator-box";
import { plainTextOf } from "./plain-text";
import { type Draft, Problems, SettingsError } from "./problems";
import { refuseNoHostForPods } from "./place-for-pods";
import { refuseCrowdedPods, refuseOverlaps } from "./ranges";
import { readRollbacks } from "./rollback";
import { type RawConfig, readStack } from "./stack";
import { type OperatorBox } from "./kinds/virtualbox-ranges";
import { settleWireGuard } from "./wireguard";

export type {
  ClusterSettings,
  HetznerHost,
  HetznerSettings,
  HostSettings,
  KubernetesSettings,
  PinnedFile,
  Role,
  VirtualBoxHost,
  VirtualBoxSettings,
  WireGuardSettings,
} from "./cluster";
export type { RawConfig } from "./stack";
export type { OperatorBox } from "./kinds/virtualbox-ranges";
export { type Problem, SettingsError } from "./problems";

/**
 * Makes one checked and complete description of the cluster from the stack's configuration and the inventory file.
 * Touches nothing: it reads the inventory file and how numbers are written in the stack's, looks whether the user's modules are there, and (unless `box` is given)
 * which networks VirtualBox permits on this box.
 *
 * @param projectFolder where the program lives; relative paths of the stack's configuration start there
 * @param box what must be known of the box that the program runs on
 * @returns the description, frozen through and through
 * @throws SettingsError with everything that is wrong, all at once
 */
export function loadSettings(
  raw: RawConfig,
  projectFolder: string,
  box: OperatorBox = operatorBox(),
): ClusterSettings {
  const given = {
    ...{ octal: octalNumbersOf(projectFolder, raw.stack), isPlain: plainTextOf(projectFolder, raw.stack) },
    ...raw,
  };
  const examine = (changes: readonly Change[]) => examineSettings(given, projectFolder, box, changes);
  const { settings, drafts } = examine([]);
  if (settings) return deepFreeze(settings);
  throw new SettingsError(chooseAdvice(drafts, (changes) => examine(changes).drafts));
}

/**
 * All checks, on the settings as they would be after some changes.
 * @returns the description, or what is wrong
 */
function examineSettings(
  written: RawConfig,
  projectFolder: string,
  box: OperatorBox,
  changes: readonly Change[],
): { settings?: ClusterSettings; drafts: readonly Draft[] } {
  const problems = new Problems();
  const raw = { ...written, config: withChanges(written.config, changes.filter(isStacks)) };
  const stack = readStack(raw, projectFolder, problems);
  const inventory = readInventory(
    stack,
    problems,
    changes.filter((change) => !isStacks(change)),
  );
  const network = settleNetwork(stack, inventory);
  const provider = stack.machines?.describe(inventory, network, box);
  const wireguard = settleWireGuard(stack, inventory, network);
  refuseOverlaps(stack, network, wireguard, inventory.hosts);
  refuseCrowdedPods(stack, inventory.hosts.length);
  refuseNoHostForPods(stack, inventory);
  const rollback = readRollbacks(
    stack.section,
    inventory.hosts.map(({ name }) => name),
  );
  const { pods, services } = stack;
  // What is undefined has been reported.
  if (problems.any || !inventory.master || !network || !provider || !pods || !services)
    return { drafts: problems.drafts };
  const settings: ClusterSettings = {
    stack: raw.stack,
    master: inventory.master,
    hosts: describeHosts(inventory, network, wireguard, stack.allowSchedulingOnMaster),
    network: formatCidr(network),
    provider,
    ...(wireguard ? { wireguard: { cidr: formatCidr(wireguard), port: stack.wireguard.port } } : {}),
    kubernetes: {
      ...{ pods: formatCidr(pods), services: formatCidr(services) },
      ...{ apiPort: stack.apiPort, podSecurity: stack.podSecurity },
    },
    rollout: stack.rollout,
    certificateDays: stack.certificateDays,
    nixpkgs: stack.nixpkgs,
    modules: stack.modules,
    secrets: stack.secrets,
    rotate: stack.rotate,
    rollback,
    snapshots: stack.snapshots,
  };
  return { settings, drafts: [] };
}

const isStacks = ({ source }: Change) => source.textual;
