/** How the program reaches a machine as root; part of the inputs of all that happens on machines. */
export interface LoginInputs {
  address: string;
  /** The machine's public host key, as in authorized_keys. */
  hostKey: string;
  /** OpenSSH private key of the stack's operator. */
  privateKey: string;
}

/** A machine, and how to log in on it. */
export interface OnMachineInputs extends LoginInputs {
  /** "This very machine": another one begins anew. */
  identity: string;
  /** Its name. */
  machine: string;
}

/** Whether a machine is rebooted where its system needs that. */
export type RebootPolicy = "never" | "ifNeeded";

/**
 * The cluster around a machine that changes, and how much of it may be unavailable (provider/resources/rolling.ts). What is
 * in it is no reason for a change.
 */
export interface RolloutInputs {
  /** The master's name, and how the operator reaches it. */
  master: string;
  address: string;
  hostKey: string;
  /** The API as the nodes call it: https://il:6443 */
  server: string;
  /** Address that they know the master by. */
  masterAddress: string;
  /** How many machines the cluster has. */
  machines: number;
  maxUnavailable: number;
  reboot: RebootPolicy;
}
