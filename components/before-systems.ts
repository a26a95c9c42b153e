import * as pulumi from "@pulumi/pulumi";
import { Evaluation, RemovedApis, SnapshotKey, TrustInPods } from "../provider/sdk";
import { ClusterSettings } from "../settings/cluster";
import { apiServer } from "./api-server";
import { etcdSnapshot } from "./etcd-snapshots";
import { Identities } from "./identities";
import { logicalName } from "./logical-name";
import { loginKeys } from "./login-keys";
import { Machine } from "./machine";
import { trustBefore, TrustStepArgs } from "./trust";

export interface BeforeSystemsArgs {
  settings: ClusterSettings;
  identities: Identities;
  /** Opens the snapshots of etcd. */
  snapshots: SnapshotKey;
  machines: Record<string, Machine>;
  evaluation: Evaluation;
  /** What each machine comes to trust, by the names of the hosts. */
  steps: Record<string, TrustStepArgs>;
}

/**
 * What is done before any machine gets another system: each has the keys of today and trusts what others are going to show,
 * etcd is saved, pods know the authority, and nobody asks for what the next Kubernetes no longer has.
 */
export function beforeSystems(
  { settings, identities, snapshots, machines, evaluation, steps }: BeforeSystemsArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { operator, encryption, authorities } = identities;
  const trusting = settings.hosts.map(({ name: host }) => {
    const login = loginKeys({ host, machine: machines[host], operator }, opts);
    if (host !== settings.master) return trustBefore(steps[host], { ...opts, dependsOn: login });
    const snapshot = etcdSnapshot(
      { settings, machines, operator, evaluation, key: snapshots, encryption },
      { ...opts, dependsOn: login },
    );
    return trustBefore(steps[host], { ...opts, dependsOn: [login, snapshot] });
  });
  const { address, hostKey, resource } = machines[settings.master];
  const administrator = {
    ...{ machine: settings.master, address, hostKey, privateKey: operator.privateKey },
    ...{ server: apiServer(settings), authority: authorities.cluster },
  };
  const trustInPods = new TrustInPods(logicalName({ role: "trust-in-pods" }), administrator, {
    ...opts,
    dependsOn: trusting,
    deletedWith: resource,
  });
  const storePath = evaluation.systems.apply((systems) => systems[settings.master].storePath);
  const removedApis = new RemovedApis(
    logicalName({ role: "removed-apis" }),
    { ...administrator, storePath },
    { ...opts, dependsOn: trusting, deletedWith: resource },
  );
  return [...trusting, trustInPods, removedApis];
}
