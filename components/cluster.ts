import * as pulumi from "@pulumi/pulumi";
import { formatTotal } from "../provider/hetzner";
import { Certificates, Evaluation } from "../provider/sdk";
import { ClusterSettings, HostSettings } from "../settings/cluster";
import { beforeSystems } from "./before-systems";
import { snapshotKey } from "./etcd-snapshots";
import { identities, Identities } from "./identities";
import { Kubernetes } from "./kubernetes";
import { formerly, logicalName } from "./logical-name";
import { Bill, Machine } from "./machine";
import { rolloutOf } from "./rollout";
import { createSite } from "./site";
import { evaluate, MachineSystem } from "./system";
import { tiesOf } from "./ties";
import { trustAfter, trustOf, TrustStepArgs } from "./trust";
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
    const snapshots = snapshotKey(settings, parent);
    const keys = identities(settings, parent);
    const { clusterName, stackIdentity, hosts, operator, authorities } = keys;
    const { encryption, serviceAccount } = keys;

    const site = createSite({ settings, clusterName, stackIdentity, hosts, operator }, parent);
    const master = site.machine(settings.hosts.find(isMaster)!);
    const machines = forEachHost(settings, (host) => (isMaster(host) ? master : site.machine(host, master)));
    const wireguard =
      settings.wireguard &&
      new WireGuard(
        logicalName({ role: "wireguard" }),
        {
          ...{ settings: settings.wireguard, hosts: settings.hosts },
          ...{ mtu: site.mtu, generation: settings.rotate.wireguard },
        },
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
    const after = beforeSystems(
      { settings, identities: keys, snapshots, machines, evaluation, steps },
      parent,
    );
    const systems = forEachHost(settings, (host) =>
      this.makeSystem(host, { settings, identities: keys, machines, evaluation, wireguard, steps, after }),
    );
    const kubernetes = new Kubernetes(
      logicalName({ role: "kubernetes" }),
      {
        ...{ settings, clusterName, hosts, machines, evaluation, systems, operator },
        ...{ authority: authorities.cluster, encryption, serviceAccount },
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

  /** A machine's system, with its certificates and with what else of the cluster it must know. */
  private makeSystem(host: HostSettings, known: Known): MachineSystem {
    const { settings, identities, machines, evaluation, wireguard, steps, after } = known;
    const { operator, authorities, serviceAccount } = identities;
    const { name } = host;
    const certificates = new Certificates(
      logicalName({ host: name, role: "certificates" }),
      {
        machine: name,
        isMaster: isMaster(host),
        // In the preview in which a host comes, the systems may still be those of the others.
        requests: evaluation.systems.apply((systems) => systems[name]?.certificates ?? {}),
        authorities: isMaster(host) ? authorities : { cluster: authorities.cluster },
        days: settings.certificateDays,
      },
      { parent: this },
    );
    const secrets = {
      ...steps[name].trusted.withEarlier,
      ...(isMaster(host)
        ? {
            "service-account": serviceAccount.withEarlier,
            "service-account-key": serviceAccount.privateKey,
          }
        : {}),
      ...(wireguard ? { "wireguard-key": wireguard.privateKey(name) } : {}),
    };
    return new MachineSystem(
      logicalName({ host: name }),
      {
        machine: machines[name],
        evaluation,
        operator,
        secrets,
        certificates: certificates.issued,
        userSecrets: settings.secrets,
        rollout: rolloutOf(settings, machines[settings.master]),
        after,
        isMaster: isMaster(host),
        rollback: settings.rollback[name],
        ties: tiesOf({ settings, publicKey: operator.publicKey, wireguard: wireguard?.facts }, host),
      },
      { parent: this },
    );
  }
}

/** What systems are made with. */
interface Known {
  settings: ClusterSettings;
  identities: Identities;
  machines: Record<string, Machine>;
  evaluation: Evaluation;
  wireguard?: WireGuard;
  steps: Record<string, TrustStepArgs>;
  /** Done before any system is another. */
  after: pulumi.Resource[];
}

const isMaster = ({ roles }: HostSettings) => roles.includes("master");

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
