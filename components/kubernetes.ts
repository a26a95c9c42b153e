import * as pulumi from "@pulumi/pulumi";
import {
  AccessRules,
  CertificateAuthority,
  ClientCertificate,
  EncryptionKey,
  Evaluation,
  Hosts,
  KeyPair,
  ServiceAccountKey,
} from "../provider/sdk";
import { ClusterSettings, HostSettings } from "../settings/cluster";
import { tokenKeyId } from "../provider/pki/service-account-key";
import { apiServer } from "./api-server";
import { accessRules, ADMINISTRATORS } from "./access-rules";
import { encryptionKeyId } from "../provider/kubernetes/encryption";
import { kubeconfig } from "../provider/kubernetes/kubeconfig";
import { formerly, logicalName } from "./logical-name";
import { labelsAndTaints } from "./labels-and-taints";
import { Machine } from "./machine";
import { remoteScript } from "./remote-script";
import { MachineSystem } from "./system";

/** Seconds in which a slow box with one CPU a machine has always got there; an unhealthy one never does. */
const WAIT = 600;

/** Nodes that are drained take the cluster's DNS down one pod at a time; a single one may go. */
const DNS_BUDGET = {
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "kluster-dns", namespace: "kube-system" },
  spec: { maxUnavailable: 1, selector: { matchLabels: { "k8s-app": "kube-dns" } } },
};

export interface KubernetesArgs {
  settings: ClusterSettings;
  /** See Cluster. */
  clusterName: pulumi.Output<string>;
  hosts: Hosts;
  machines: Record<string, Machine>;
  evaluation: Evaluation;
  systems: Record<string, MachineSystem>;
  operator: KeyPair;
  authority: CertificateAuthority;
  encryption: EncryptionKey;
  serviceAccount: ServiceAccountKey;
}

/** Kubernetes on machines that run their NixOS systems: waits for it, and gives the operator the key to it. */
export class Kubernetes extends pulumi.ComponentResource {
  /** Secret; complete in itself, and known before the cluster is there. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Exist when all of it works. */
  readonly ready: pulumi.Resource[];

  constructor(
    name: string,
    private readonly args: KubernetesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("kluster:kubernetes:Kubernetes", name, {}, opts);
    const { settings, hosts, machines, systems, operator } = args;
    const { master } = settings;
    const { storePath, attempt, ready } = systems[master];
    const api = this.waitFor(
      logicalName({ role: "api-ready" }),
      machines[master],
      ["api", storePath, attempt],
      { dependsOn: [ready], ...formerly("api-ready") },
    );
    const administrator = this.makeAdministrator();
    const rules = this.makeRules(administrator, { dependsOn: [api] });
    const nodes = settings.hosts.map((host) => {
      const machine = machines[host.name];
      const system = systems[host.name];
      const stay = hosts.stay(host.name);
      // Not the master, which stays as long as the cluster. A node leaves before its machine goes.
      const membership =
        host.name === master ? [] : [this.join(host, stay, { dependsOn: [rules, machine.resource] })];
      const part = ["node", host.name, apiServer(settings)];
      // With another master the API knows of no node, and each has to come anew.
      const wait = [...part, system.storePath, system.attempt, stay, machines[master].identity];
      const ready = this.waitFor(logicalName({ host: host.name, role: "ready" }), machine, wait, {
        dependsOn: [system.ready, rules, ...membership],
        ...formerly(`${host.name}-ready`, ["api-ready", "dns-ready"]),
      });
      labelsAndTaints(
        { host, machine, master: machines[master], operator },
        { parent: this, dependsOn: ready },
      );
      return ready;
    });
    const dns = this.waitFor(logicalName({ role: "dns-ready" }), machines[master], ["dns"], {
      dependsOn: nodes,
      ...formerly("dns-ready"),
    });
    this.ready = [rules, ...nodes, dns];
    this.kubeconfig = this.kubeconfigOf(administrator);
    this.registerOutputs({});
  }

  /** Done when that part of Kubernetes is ready, see scripts/wait-for-kubernetes.sh. */
  private waitFor(
    name: string,
    machine: Machine,
    part: pulumi.Input<string>[],
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const create = [String(WAIT), ...part];
    const script = { script: "wait-for-kubernetes.sh", create, timeout: WAIT + 30 };
    const { operator } = this.args;
    return remoteScript(name, { machine, operator, ...script }, { parent: this, ...opts });
  }

  private makeAdministrator(): ClientCertificate {
    const { settings, authority } = this.args;
    return new ClientCertificate(
      logicalName({ role: "administrator" }),
      {
        caCertificate: authority.certificate,
        caPrivateKey: authority.privateKey,
        commonName: "kubernetes-admin",
        organization: ADMINISTRATORS,
        validDays: 365,
        generation: settings.rotate.administrator,
      },
      { parent: this, ...formerly("administrator") },
    );
  }

  private makeRules(administrator: ClientCertificate, opts: pulumi.CustomResourceOptions): AccessRules {
    const { settings, machines, evaluation, operator, authority, encryption, serviceAccount } = this.args;
    const { master } = settings;
    const { identity, address, hostKey, resource } = machines[master];
    return new AccessRules(
      logicalName({ role: "access-rules" }),
      {
        ...{ machine: master, identity, server: apiServer(settings), authority },
        ...{ address, hostKey, privateKey: operator.privateKey },
        objects: pulumi
          .all([evaluation.systems, administrator.holders])
          .apply(([found, group]) => [...found[master].bootstrapObjects, ...accessRules(group), DNS_BUDGET]),
        encryptionKey: pulumi.unsecret(encryption.key.apply(encryptionKeyId)),
        tokenKey: serviceAccount.publicKey.apply(tokenKeyId),
      },
      { parent: this, ...opts, deletedWith: resource },
    );
  }

  /** A node is in the cluster as long as this is there. */
  private join(
    { name: host }: HostSettings,
    stay: pulumi.Output<string>,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    const { settings, machines, operator } = this.args;
    return remoteScript(
      logicalName({ host, role: "membership" }),
      {
        machine: machines[settings.master], // the node itself may be dead when it leaves
        operator,
        script: "node-membership.sh",
        create: ["join", host, stay],
        delete: ["leave", host],
        timeout: 240,
      },
      { parent: this, ...formerly(`${host}-membership`), ...opts },
    );
  }

  private kubeconfigOf({ certificate, privateKey }: ClientCertificate): pulumi.Output<string> {
    const { settings, clusterName, machines, authority } = this.args;
    const { address } = machines[settings.master];
    return pulumi.secret(
      pulumi
        .all([clusterName, address, authority.certificate, certificate, privateKey])
        .apply(([stack, address, caCertificate, clientCertificate, clientPrivateKey]) =>
          kubeconfig({
            ...{ stack, server: { address, port: settings.kubernetes.apiPort } },
            ...{ caCertificate, clientCertificate, clientPrivateKey },
          }),
        ),
    );
  }
}
