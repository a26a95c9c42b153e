import { type ClusterSettings } from "./cluster";
import { deepFreeze } from "./freeze";
import { describeHosts, describeSizes } from "./hosts";
import { readInventory } from "./inventory";
import { settleNetwork } from "./network";
import { formatCidr } from "./cidr";
import { operatorBox } from "./operator-box";
import { Problems } from "./problems";
import { refuseCrowdedPods, refuseOverlaps } from "./ranges";
import { type RawConfig, readStack } from "./stack";
import { type OperatorBox } from "./virtualbox-ranges";

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
export type { OperatorBox } from "./virtualbox-ranges";
export { type Problem, SettingsError } from "./problems";

/**
 * Makes one checked and complete description of the cluster from the stack's configuration and the inventory file.
 * Touches nothing: it reads the inventory file, looks whether the user's modules are there, and (unless `box` is given)
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
  const problems = new Problems();
  const stack = readStack(raw, projectFolder, problems);
  const inventory = readInventory(stack, problems);
  const network = settleNetwork(stack, inventory, box);
  const hosts = describeHosts(stack, inventory);
  refuseOverlaps(stack, network?.cidr);
  refuseCrowdedPods(stack, hosts.length);
  const { pods, services } = stack;
  // What is undefined has been reported.
  if (problems.any || !inventory.master || !network || !pods || !services) throw problems.error();
  return deepFreeze({
    stack: raw.stack,
    master: inventory.master,
    hosts,
    network: formatCidr(network.cidr),
    provider: {
      kind: "virtualbox",
      adapter: network.adapter,
      installer: stack.installer,
      hosts: describeSizes(stack, inventory),
    },
    kubernetes: { pods: formatCidr(pods), services: formatCidr(services), apiPort: stack.apiPort },
    nixpkgs: stack.nixpkgs,
    modules: stack.modules,
  });
}
