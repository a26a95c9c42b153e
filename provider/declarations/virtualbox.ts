import type { Attachment } from "../virtualbox";
import { declare, OptionalInOldStates } from "./declare";
import { LoginInputs, RolloutInputs } from "./machine";

export interface HostOnlyNetworkArgs {
  /** CIDR */
  cidr: string;
  /** The operator's own address on it. */
  address: string;
}

export interface HostOnlyNetworkInputs extends HostOnlyNetworkArgs {
  /** How often a check has found it down or without its address: one more than before is a change, which brings it up. */
  foundDown?: number;
}

export interface HostOnlyNetworkOutputs {
  /** Such as vboxnet0. */
  adapter: string;
  /** Whether it was made for this stack; what was there before stays. */
  created: boolean;
}

export const HOST_ONLY_NETWORK = declare<HostOnlyNetworkInputs, HostOnlyNetworkOutputs, HostOnlyNetworkArgs>({
  type: "kluster-provider:virtualbox:HostOnlyNetwork",
  outputs: { adapter: "plain", created: "plain" },
  secretInputs: [],
});

/** The machine's address and keys, and the image, are for the boot of the installer. */
export interface VirtualMachineArgs extends LoginInputs {
  /** Identity of the stack; the VM's group is named after it. */
  stackIdentity: string;
  /** Part of the VM's name. */
  stack: string;
  host: string;
  uuid: string;
  /** MB */
  memory: number;
  cpus: number;
  /** MB */
  disk: number;
  macs: { egress: string; cluster: string };
  network: Attachment;
  /** Whether it shall run; a refresh says whether it does. */
  running: boolean;
  prefixLength: number;
  installer: { url: string; sha256: string };
  authorizedKey: string;
  hostPrivateKey: string;
  rollout: RolloutInputs;
}

/** Without a rollout where it was made before changes were rolled out. */
export type VirtualMachineInputs = OptionalInOldStates<VirtualMachineArgs, "rollout">;

export interface VirtualMachineOutputs {
  /** Changes whenever the machine is another one, even under the same UUID. */
  instance: string;
}

export const VIRTUAL_MACHINE = declare<VirtualMachineInputs, VirtualMachineOutputs, VirtualMachineArgs>({
  type: "kluster-provider:virtualbox:Machine",
  outputs: { instance: "plain" },
  secretInputs: ["hostPrivateKey", "privateKey"],
});
