import * as pulumi from "@pulumi/pulumi";
import { KeyPair, LabelsAndTaints } from "../provider/sdk";
import { HostSettings } from "../settings/cluster";
import { logicalName } from "./logical-name";
import { Machine } from "./machine";

export interface LabelsAndTaintsArgs {
  host: HostSettings;
  machine: Machine;
  /** By way of which the API is asked. */
  master: Machine;
  operator: KeyPair;
}

/**
 * What a host's node is marked with, where it is marked with anything. It goes with its machine: a node that leaves the cluster
 * needs nothing taken off, and by then there may be nobody to ask.
 */
export function labelsAndTaints(
  { host, machine, master, operator }: LabelsAndTaintsArgs,
  opts: pulumi.CustomResourceOptions,
): LabelsAndTaints | undefined {
  const { name, labels, taints } = host;
  if (Object.keys({ ...labels, ...taints }).length === 0) return undefined;
  return new LabelsAndTaints(
    logicalName({ host: name, role: "labels-and-taints" }),
    {
      ...{ node: name, identity: machine.identity, master: master.identity, labels, taints },
      ...{ address: master.address, hostKey: master.hostKey, privateKey: operator.privateKey },
    },
    { ...opts, deletedWith: machine.resource },
  );
}
