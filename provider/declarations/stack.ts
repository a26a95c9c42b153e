import { declare } from "./declare";

export interface StackIdentityInputs {
  /** Name of the host that runs the control plane. */
  master: string;
}

export interface StackIdentityOutputs {
  /** Random. */
  identity: string;
}

export const STACK_IDENTITY = declare<StackIdentityInputs, StackIdentityOutputs>({
  type: "kluster-provider:index:StackIdentity",
  outputs: { identity: "plain" },
  secretInputs: [],
});

export interface HostsInputs {
  /** Of the inventory. */
  names: string[];
}

export interface HostsOutputs {
  /** A nonce for each host, from when it came into the inventory until it leaves it. */
  stays: Record<string, string>;
}

export const HOSTS = declare<HostsInputs, HostsOutputs>({
  type: "kluster-provider:index:Hosts",
  outputs: { stays: "plain" },
  secretInputs: [],
});
