import * as pulumi from "@pulumi/pulumi";
import { formatTotal } from "../provider/hetzner";
import {
  CertificateAuthority,
  Certificates,
  EncryptionKey,
  Hosts,
  KeyPair,
  RemovedApis,
  ServiceAccountKey,
  StackIdentity,
  TrustInPods,
} from "../provider/sdk";
import { ClusterSettings, HostSettings } from "../settings/cluster";
import { apiServer } from "./api-server";
import { etcdSnapshot, snapshotKey } from "./etcd-snapshots";
import { Kubernetes } from "./kubernetes";
import { formerly, logicalName } from "./logical-name";
import { loginKeys } from "./login-keys";
import { Bill } from "./machine";
import { rolloutOf } from "./rollout";
import { createSite } from "./site";
import { evaluate, MachineSystem } from "./system";
import { tiesOf } from "./ties";
import { trustAfter, trustBefore, trustOf } from "./trust";
import { WireGuard } from "./wireguard";

/** What a machine shows of itself in the stack's outputs. */
export interface MachineSummary {
  address: string;
  hostKey: string;
  roles: string[];
  system: string;
}

/** What machines cost a month, net. */
export interface CostSummary {
  /** Such as "€5.99 (cx23 in fsn1)". */
  machines: Record<string, string>;
  /** Such as €17.97. */
  total: string;
}

const PREFIX = "kluster-";

/**
 * A Kubernetes cluster on NixOS machines, from the settings to the kubeconfig.
 *
 * The cluster's name is the one that the stack had when the cluster was made. People read it in the names of machines,
 * keys and certificates, and most of those would have to be made anew to get another. So a stack that is renamed goes
 * on with the first name: the state has it as the comment of the operator's key.
 */
export class Cluster extends pulumi.ComponentResource {
  /** Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Secret: the OpenSSH private key that lets the operator into every machine as root. */
  readonly sshKey: pulumi.Output<string>;
  /** Address, public host key, roles and store path of the running system of each machine. */
  readonly machines: pulumi.Output<Record<string, MachineSummary>>;
  /** Absent where nobody sends a bill. */
  readonly monthlyCost?: pulumi.Output<CostSummary>;

  constructor(name: string, settings: ClusterSettings, opts?: pulumi.ComponentResourceOptions) {
    super("kluster:index:Cluster", name, {}, { ...opts, ...formerly(settings.stack) });
    const parent = { parent: this };
    const { rotate } = settings;
    const openSnapshots = snapshotKey(settings, parent);

    // Identities exist before the first contact with any machine.
    const { identity } = new StackIdentity(
      logicalName({ role: "stack" }),
      { master: settings.master },
      { ...parent, ...formerly("stack") },
    );
    const names = settings.hosts.map(({ name }) => name).sort();
    const hosts = new Hosts(logicalName({ role: "hosts" }), { names }, parent);
    const operator = new KeyPair(
      logicalName({ role: "operator" }),
      { comment: PREFIX + settings.stack, generation: rotate.operator },
      { ...parent, ...formerly("operator"), ignoreChanges: ["comment"] },
    );
    const clusterName = operator.comment.apply((comment) => comment.slice(PREFIX.length));
    const authorities = {
      cluster: new CertificateAuthority(
        logicalName({ role: "authority" }),
        { commonName: pulumi.interpolate`${PREFIX}${clusterName}`, generation: rotate.authorities },
        { ...parent, ...formerly("authority") },
      ),
      etcd: new CertificateAuthority(
        logicalName({ role: "etcd-authority" }),
        { commonName: pulumi.interpolate`${PREFIX}${clusterName}-etcd`, generation: rotate.authorities },
        parent,
      ),
      "front-proxy": new CertificateAuthority(
        logicalName({ role: "front-proxy-authority" }),
        {
          commonName: pulumi.interpolate`${PREFIX}${clusterName}-front-proxy`,
          generation: rotate.authorities,
        },
        parent,
      ),
    };
    const serviceAccount = new ServiceAccountKey(
      logicalName({ role: "service-account" }),
      { generation: rotate.serviceAccounts },
      parent,
    );
    const encryption = new EncryptionKey(
      logicalName({ role: "encryption-key" }),
      { generation: rotate.encryption },
      parent,
    );

    const site = createSite({ settings, clusterName, stackIdentity: identity, hosts, operator }, parent);
    const isMaster = ({ roles }: HostSettings) => roles.includes("master");
    const master = site.machine(settings.hosts.find(isMaster)!);
    const machines = forEachHost(settings, (host) => (isMaster(host) ? master : site.machine(host, master)));
    const wireguard =
      settings.wireguard &&
      new WireGuard(
        logicalName({ role: "wireguard" }),
        { settings: settings.wireguard, hosts: settings.hosts, mtu: site.mtu, generation: rotate.wireguard },
        { ...parent, ...formerly(settings.stack) },
      );
    const evaluation = evaluate(
      { settings, clusterName, machines, operator, access: site.access, wireguard: wireguard?.facts },
      parent,
    );
    const steps = forEachHost(settings, (host) => {
      const trusted = trustOf({ authorities, encryption }, isMaster(host));
      return { host: host.name, machine: machines[host.name], operator, evaluation, trusted };
    });
    const before = settings.hosts.map(({ name: host }) => {
      const login = loginKeys({ host, machine: machines[host], operator }, parent);
      if (host !== settings.master) return trustBefore(steps[host], { ...parent, dependsOn: login });
      const snapshot = etcdSnapshot(
        { settings, machines, operator, evaluation, key: openSnapshots, encryption },
        { ...parent, dependsOn: login },
      );
      return trustBefore(steps[host], { ...parent, dependsOn: [login, snapshot] });
    });
    const { address, hostKey, resource } = master;
    const administrator = {
      ...{ machine: settings.master, address, hostKey, privateKey: operator.privateKey },
      ...{ server: apiServer(settings), authority: authorities.cluster },
    };
    const trustInPods = new TrustInPods(logicalName({ role: "trust-in-pods" }), administrator, {
      ...parent,
      dependsOn: before,
      deletedWith: resource,
    });
    const storePath = evaluation.systems.apply((systems) => systems[settings.master].storePath);
    const removedApis = new RemovedApis(
      logicalName({ role: "removed-apis" }),
      { ...administrator, storePath },
      { ...parent, dependsOn: before, deletedWith: resource },
    );

    const rollout = rolloutOf(settings, master);
    const systems = forEachHost(settings, (host) => {
      const certificates = new Certificates(
        logicalName({ host: host.name, role: "certificates" }),
        {
          machine: host.name,
          isMaster: isMaster(host),
          // In the preview in which a host comes, the systems may still be those of the others.
          requests: evaluation.systems.apply((systems) => systems[host.name]?.certificates ?? {}),
          authorities: isMaster(host) ? authorities : { cluster: authorities.cluster },
          days: settings.certificateDays,
        },
        parent,
      );
      const secrets = {
        ...steps[host.name].trusted.withEarlier,
        ...(isMaster(host)
          ? {
              "service-account": serviceAccount.withEarlier,
              "service-account-key": serviceAccount.privateKey,
            }
          : {}),
        ...(wireguard ? { "wireguard-key": wireguard.privateKey(host.name) } : {}),
      };
      return new MachineSystem(
        logicalName({ host: host.name }),
        {
          machine: machines[host.name],
          evaluation,
          operator,
          secrets,
          certificates: certificates.issued,
          userSecrets: settings.secrets,
          rollout,
          after: [...before, trustInPods, removedApis],
          isMaster: isMaster(host),
          rollback: settings.rollback[host.name],
          ties: tiesOf({ settings, publicKey: operator.publicKey, wireguard: wireguard?.facts }, host),
        },
        parent,
      );
    });
    const kubernetes = new Kubernetes(
      logicalName({ role: "kubernetes" }),
      {
        settings,
        clusterName,
        hosts,
        machines,
        evaluation,
        systems,
        operator,
        authority: authorities.cluster,
        encryption,
        serviceAccount,
      },
      { ...parent, ...formerly(settings.stack) },
    );
    for (const step of Object.values(steps)) trustAfter(step, { ...parent, dependsOn: kubernetes.ready });

    this.kubeconfig = kubernetes.kubeconfig;
    this.sshKey = operator.privateKey;
    this.machines = pulumi.output(
      forEachHost(settings, ({ name: host, roles }) => ({
        address: machines[host].address,
        hostKey: machines[host].hostKey,
        roles,
        system: systems[host].storePath,
      })),
    );
    const bills = Object.entries(machines).flatMap(([host, { bill }]) =>
      bill ? [[host, bill] as const] : [],
    );
    if (bills.length > 0) this.monthlyCost = pulumi.output(Object.fromEntries(bills)).apply(costSummary);
    this.registerOutputs({});
  }
}

function costSummary(bills: Record<string, Bill>): CostSummary {
  const machines = Object.entries(bills).map(
    ([host, bill]) => [host, `${formatTotal([bill])} (${bill.what})`] as const,
  );
  const total = formatTotal(Object.values(bills));
  return { machines: Object.fromEntries(machines), total };
}

function forEachHost<T>(settings: ClusterSettings, make: (host: HostSettings) => T): Record<string, T> {
  return Object.fromEntries(settings.hosts.map((host) => [host.name, make(host)]));
}
