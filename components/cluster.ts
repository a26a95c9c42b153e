import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority, JoinToken, KeyPair, StackIdentity } from "../provider/sdk";
import { ClusterSettings, HostSettings } from "../settings/cluster";
import { Kubernetes } from "./kubernetes";
import { Machine } from "./machine";
import { evaluate, MachineSystem } from "./system";
import { VirtualBoxMachine, virtualBoxNetwork } from "./virtualbox";

/** What a machine shows of itself in the stack's outputs. */
export interface MachineSummary {
  address: string;
  hostKey: string;
  roles: string[];
  system: string;
}

/** A Kubernetes cluster on NixOS machines, from the settings to the kubeconfig. */
export class Cluster extends pulumi.ComponentResource {
  /** Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Secret: the OpenSSH private key that lets the operator into every machine as root. */
  readonly sshKey: pulumi.Output<string>;
  /** Address, public host key, roles and store path of the running system of each machine. */
  readonly machines: pulumi.Output<Record<string, MachineSummary>>;

  constructor(name: string, settings: ClusterSettings, opts?: pulumi.ComponentResourceOptions) {
    super("kluster:index:Cluster", name, {}, opts);
    const parent = { parent: this };

    // Identities exist before the first contact with any machine.
    const { identity } = new StackIdentity("stack", { master: settings.master }, parent);
    const operator = new KeyPair("operator", { comment: `kluster-${settings.stack}` }, parent);
    const authority = new CertificateAuthority(
      "authority",
      { commonName: `kluster-${settings.stack}` },
      parent,
    );
    const joinToken = new JoinToken("join-token", parent);

    const createMachine = machineFactory(settings, identity, operator, parent);
    const machines = forEachHost(settings, createMachine);
    const evaluation = evaluate(settings, machines, operator, parent);
    const systems = forEachHost(settings, (host) => {
      const certificates = { "ca-certificate": authority.certificate, "join-token": joinToken.token };
      const secrets = host.roles.includes("master")
        ? { ...certificates, "ca-key": authority.privateKey }
        : certificates;
      return new MachineSystem(
        host.name,
        { machine: machines[host.name], evaluation, operator, secrets },
        parent,
      );
    });
    const kubernetes = new Kubernetes(name, { settings, machines, systems, operator, authority }, parent);

    this.kubeconfig = kubernetes.kubeconfig;
    this.sshKey = operator.privateKey;
    this.machines = pulumi.output(
      forEachHost(settings, ({ name: host, address, roles }) => ({
        address,
        hostKey: machines[host].hostKey,
        roles,
        system: systems[host].storePath,
      })),
    );
    this.registerOutputs({});
  }
}

/** The one place that knows which kinds of machines there are. */
function machineFactory(
  settings: ClusterSettings,
  stackIdentity: pulumi.Output<string>,
  operator: KeyPair,
  opts: pulumi.ResourceOptions,
): (host: HostSettings) => Machine {
  const { provider } = settings;
  if (provider.kind !== "virtualbox") {
    throw new pulumi.RunError(`machines of kind ${provider.kind} can't be made yet; virtualbox's can`);
  }
  const network = virtualBoxNetwork(settings.network, provider, opts);
  return (host) =>
    new VirtualBoxMachine(host.name, { settings, provider, host, network, stackIdentity, operator }, opts);
}

function forEachHost<T>(settings: ClusterSettings, make: (host: HostSettings) => T): Record<string, T> {
  return Object.fromEntries(settings.hosts.map((host) => [host.name, make(host)]));
}
