import * as pulumi from "@pulumi/pulumi";
import { HardwareArgs, HostOnlyNetwork, Hosts, KeyPair, VirtualMachine } from "../provider/sdk";
import { parseCidr } from "../settings/cidr";
import { ClusterSettings, HostSettings, VirtualBoxSettings } from "../settings/cluster";
import { deriveMac, deriveUuid } from "./identifiers";
import { formerly, logicalName } from "./logical-name";
import { Machine, Site, SiteArgs } from "./machine";
import { rolloutOf } from "./rollout";

/** SATA port 0 of the AHCI controller that VirtualBox puts at this PCI address (udev's path_id). */
const DISK = "/dev/disk/by-path/pci-0000:00:0d.0-ata-1";

/** What the VirtualBox machines of a stack share: the network that they reach each other by. */
export interface VirtualBoxNetwork {
  kind: "hostonly" | "bridged";
  /** The box's interface. */
  interface: pulumi.Input<string>;
}

/** This box's VirtualBox. Its networks carry what Ethernet carries, and reach no further than the operator lets them. */
export function virtualBoxSite(
  {
    settings,
    clusterName,
    provider,
    stackIdentity,
    hosts,
    operator,
  }: SiteArgs & { provider: VirtualBoxSettings },
  opts: pulumi.ResourceOptions,
): Site {
  const network = virtualBoxNetwork(settings.network, provider, opts);
  return {
    mtu: 1500,
    access: [],
    machine: (host, master) =>
      new VirtualBoxMachine(
        logicalName({ host: host.name }),
        { settings, clusterName, provider, host, master, network, stackIdentity, hosts, operator },
        opts,
      ),
  };
}

function virtualBoxNetwork(
  cidr: string,
  { adapter }: VirtualBoxSettings,
  opts: pulumi.ResourceOptions,
): VirtualBoxNetwork {
  if (adapter.kind === "bridged") return { kind: "bridged", interface: adapter.interface };
  const network = new HostOnlyNetwork(
    logicalName({ role: "network" }),
    { cidr, address: adapter.address },
    { ...opts, ...formerly("network") },
  );
  return { kind: "hostonly", interface: network.adapter };
}

export interface VirtualBoxMachineArgs {
  settings: ClusterSettings;
  /** See Cluster. */
  clusterName: pulumi.Output<string>;
  provider: VirtualBoxSettings;
  host: HostSettings;
  /** Absent for the master itself. */
  master?: Machine;
  network: VirtualBoxNetwork;
  stackIdentity: pulumi.Output<string>;
  hosts: Hosts;
  /** The key that the operator logs in with. */
  operator: KeyPair;
}

/** A VirtualBox machine with the inventory's address, its host key pinned from the first packet. */
export class VirtualBoxMachine extends pulumi.ComponentResource implements Machine {
  readonly identity: pulumi.Output<string>;
  readonly resource: pulumi.Resource;
  readonly address: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;
  readonly hostKeys: KeyPair;
  readonly facts: HardwareArgs;
  readonly installation: Required<NonNullable<Machine["installation"]>>;

  constructor(name: string, args: VirtualBoxMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kluster:machine:VirtualBoxMachine", name, {}, opts);
    const { host, provider, settings } = args;
    const uuid = args.stackIdentity.apply((identity) => deriveUuid(identity, name, "vm"));
    const rootUuid =
      host.diskUuid ?? args.stackIdentity.apply((identity) => deriveUuid(identity, name, "root"));
    const mac = (purpose: string) =>
      args.stackIdentity.apply((identity) => deriveMac(identity, name, purpose));
    const macs = { egress: mac("egress"), cluster: mac("cluster") };
    const hostKey = new KeyPair(
      name,
      { comment: pulumi.interpolate`${name}.${args.clusterName}`, generation: settings.rotate.hosts },
      { parent: this },
    );

    const vm = new VirtualMachine(
      name,
      {
        stackIdentity: args.stackIdentity,
        stack: args.clusterName,
        host: name,
        uuid,
        ...provider.hosts[name],
        macs,
        network: args.network,
        address: host.address,
        prefixLength: parseCidr(settings.network)!.prefix,
        installer: provider.installer,
        authorizedKey: args.operator.publicKey,
        privateKey: args.operator.privateKey,
        hostKey: hostKey.publicKey,
        hostPrivateKey: hostKey.privateKey,
        stay: args.hosts.stay(name),
        rollout: rolloutOf(
          settings,
          args.master ?? { address: pulumi.output(host.address), hostKey: hostKey.publicKey },
        ),
      },
      { parent: this },
    );

    this.identity = vm.instance;
    this.resource = vm;
    this.address = pulumi.output(host.address);
    this.hostKey = hostKey.publicKey;
    this.hostKeys = hostKey;
    this.facts = { kind: "virtualbox", disk: DISK, rootUuid, publicAddresses: [], virtualbox: { macs } };
    this.installation = { restartId: uuid, hostPrivateKey: hostKey.privateKey };
    this.registerOutputs({});
  }
}
