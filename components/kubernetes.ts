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
import { ClusterSettings } from "../settings/cluster";
import { tokenKeyId } from "../provider/pki/service-account-key";
import { apiServer } from "./api-server";
import { accessRules, ADMINISTRATORS } from "./access-rules";
import { encryptionKeyId } from "../provider/kubernetes/encryption";
import { kubeconfig } from "../provider/kubernetes/kubeconfig";
import { formerly, logicalName } from "./logical-name";
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

  constructor(name: string, args: KubernetesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kluster:kubernetes:Kubernetes", name, {}, opts);
    const { settings, clusterName, hosts, machines, evaluation, systems, operator, authority } = args;
    const { encryption, serviceAccount } = args;
    const { master, kubernetes } = settings;
    const parent = { parent: this };

    /** Done when that part of Kubernetes is ready, see scripts/wait-for-kubernetes.sh. */
    const waitFor = (
      resource: string,
      machine: Machine,
      part: pulumi.Input<string>[],
      options: pulumi.CustomResourceOptions,
    ) => {
      const create = [String(WAIT), ...part];
      const script = { script: "wait-for-kubernetes.sh", create, timeout: WAIT + 30 };
      return remoteScript(resource, { machine, operator, ...script }, { ...parent, ...options });
    };

    const { storePath, attempt, ready } = systems[master];
    const api = waitFor(logicalName({ role: "api-ready" }), machines[master], ["api", storePath, attempt], {
      dependsOn: [ready],
      ...formerly("api-ready"),
    });
    const server = apiServer(settings);
    const administrator = new ClientCertificate(
      logicalName({ role: "administrator" }),
      {
        caCertificate: authority.certificate,
        caPrivateKey: authority.privateKey,
        commonName: "kubernetes-admin",
        organization: ADMINISTRATORS,
        validDays: 365,
        generation: settings.rotate.administrator,
      },
      { ...parent, ...formerly("administrator") },
    );
    const rules = new AccessRules(
      logicalName({ role: "access-rules" }),
      {
        ...{ machine: master, identity: machines[master].identity, server, authority },
        address: machines[master].address,
        hostKey: machines[master].hostKey,
        privateKey: operator.privateKey,
        objects: pulumi
          .all([evaluation.systems, administrator.holders])
          .apply(([found, group]) => [...found[master].bootstrapObjects, ...accessRules(group), DNS_BUDGET]),
        encryptionKey: pulumi.unsecret(encryption.key.apply(encryptionKeyId)),
        tokenKey: serviceAccount.publicKey.apply(tokenKeyId),
      },
      { ...parent, dependsOn: [api], deletedWith: machines[master].resource },
    );
    const nodes = settings.hosts.map((host) => {
      const machine = machines[host.name];
      const system = systems[host.name];
      const stay = hosts.stay(host.name);
      // Not the master, which stays as long as the cluster.
      const membership =
        host.name === master
          ? []
          : [
              remoteScript(
                logicalName({ host: host.name, role: "membership" }),
                {
                  machine: machines[master], // the node itself may be dead when it leaves
                  operator,
                  script: "node-membership.sh",
                  create: ["join", host.name, stay],
                  delete: ["leave", host.name],
                  timeout: 240,
                },
                {
                  ...parent,
                  ...formerly(`${host.name}-membership`),
                  dependsOn: [rules, machine.resource], // it leaves before its machine goes
                },
              ),
            ];
      const part = ["node", host.name, server];
      // With another master the API knows of no node, and each has to come anew.
      const wait = [...part, system.storePath, system.attempt, stay, machines[master].identity];
      return waitFor(logicalName({ host: host.name, role: "ready" }), machine, wait, {
        dependsOn: [system.ready, rules, ...membership],
        ...formerly(`${host.name}-ready`, ["api-ready", "dns-ready"]),
      });
    });
    const dns = waitFor(logicalName({ role: "dns-ready" }), machines[master], ["dns"], {
      dependsOn: nodes,
      ...formerly("dns-ready"),
    });
    this.ready = [rules, ...nodes, dns];

    this.kubeconfig = pulumi.secret(
      pulumi
        .all([
          clusterName,
          machines[master].address,
          authority.certificate,
          administrator.certificate,
          administrator.privateKey,
        ])
        .apply(([name, address, caCertificate, clientCertificate, clientPrivateKey]) =>
          kubeconfig({
            stack: name,
            server: { address, port: kubernetes.apiPort },
            caCertificate,
            clientCertificate,
            clientPrivateKey,
          }),
        ),
    );
    this.registerOutputs({});
  }
}
