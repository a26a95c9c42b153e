import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { HardwareArgs, KeyPair, ServerChoice, ServerPower, Takeover } from "../../provider/sdk";
import { HetznerHost, HostSettings } from "../../settings/cluster";
import { deriveUuid } from "../identifiers";
import { formerly, logicalName } from "../logical-name";
import { Bill, Machine } from "../machine";
import type { HetznerSite } from "./site";
import { userData } from "./user-data";

export interface HetznerMachineArgs {
  site: HetznerSite;
  host: HostSettings;
  /** What only servers of Hetzner have. */
  hardware: HetznerHost;
  image: string;
  placementGroup: hcloud.PlacementGroup;
  operator: KeyPair;
}

/** A server of Hetzner Cloud: ordered, booted as a stock image, and taken over by a NixOS installer with the lasting host key. */
export class HetznerMachine extends pulumi.ComponentResource implements Machine {
  readonly identity: pulumi.Output<string>;
  readonly resource: pulumi.Resource;
  readonly address: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;
  readonly hostKeys: KeyPair;
  readonly facts: HardwareArgs;
  readonly installation: NonNullable<Machine["installation"]>;
  readonly bill: pulumi.Output<Bill>;

  constructor(
    private readonly name: string,
    private readonly args: HetznerMachineArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("kluster:machine:HetznerMachine", name, {}, opts);
    const { site, host, hardware } = args;
    const { hostKey, bootKey } = this.makeKeys();
    const choice = this.chooseType();
    const ipv4 = hardware.ipv4 ? this.primaryIp("ipv4", choice) : undefined;
    const ipv6 = this.primaryIp("ipv6", choice);
    const server = this.orderServer(choice, bootKey, { ipv4, ipv6 });
    const ipv6Address = ipv6.ipAddress.apply(firstAddress);
    this.identity = server.id;
    this.resource = server;
    this.address = ipv4?.ipAddress ?? ipv6Address;
    this.hostKey = hostKey.publicKey;
    this.hostKeys = hostKey;

    const withServer = { parent: this, deletedWith: server, deleteBeforeReplace: true };
    const attachment = new hcloud.ServerNetwork(
      name,
      { serverId: server.id.apply(Number), subnetId: site.subnet.id, ip: host.address },
      withServer,
    );
    const publicIpv6 = pulumi.interpolate`${ipv6Address}/64`;
    const takeover = this.takeOver(bootKey, publicIpv6, { ...withServer, dependsOn: [attachment] });
    this.keepOn(server, { ...withServer, dependsOn: [takeover] });

    this.bill = billOf(choice);
    this.facts = {
      kind: "hetzner",
      disk: takeover.disk,
      rootUuid: host.diskUuid ?? site.stackIdentity.apply((identity) => deriveUuid(identity, name, "root")),
      publicAddresses: [...(ipv4 ? [ipv4.ipAddress] : []), ipv6Address],
      hetzner: {
        macs: { public: takeover.publicMac, private: attachment.macAddress },
        ipv4: hardware.ipv4,
        ipv6: publicIpv6,
      },
    };
    this.installation = { hostPrivateKey: hostKey.privateKey };
    this.registerOutputs({});
  }

  /** The lasting host key, and the one of the first boot. */
  private makeKeys() {
    const { name } = this;
    const { settings, clusterName } = this.args.site;
    const comment = pulumi.interpolate`${name}.${clusterName}`;
    const hostKey = new KeyPair(name, { comment, generation: settings.rotate.hosts }, { parent: this });
    const hostNames = settings.hosts.map((other) => other.name);
    // Every pod could read user data: the key in it is good for the first boot alone.
    const bootKey = new KeyPair(
      logicalName({ host: name, role: "boot" }),
      { comment: pulumi.interpolate`${comment} boot` },
      { parent: this, ...formerly(`${name}-boot`, hostNames) }, // a host of that name has its lasting key there
    );
    return { hostKey, bootKey };
  }

  /** Decided as late as can be: if the server is not there at the next run, its order is what failed. */
  private chooseType(): ServerChoice {
    const { name } = this;
    const { site, host, hardware, placementGroup } = this.args;
    const { serverTypes, locations, ipv4 } = hardware;
    return new ServerChoice(
      name,
      {
        ...{ ...site.account, stackIdentity: site.stackIdentity, host: name },
        ...{ serverName: site.objectName(name), address: host.address, serverTypes, locations, ipv4 },
      },
      {
        parent: this,
        dependsOn: [site.subnet, site.firewall, site.sshKey, placementGroup],
        deletedWith: site.cleanup,
      },
    );
  }

  /**
   * An address outlives its server: one that is replaced keeps it. But an address cannot move: in another location the new
   * one is there, under a name of its own, before the server leaves the old.
   */
  private primaryIp(type: "ipv4" | "ipv6", choice: ServerChoice): hcloud.PrimaryIp {
    const { name } = this;
    const { site } = this.args;
    return new hcloud.PrimaryIp(
      logicalName({ host: name, role: type }),
      {
        name: choice.location.apply((location) => site.objectName(name, type, location)),
        labels: site.labels(name),
        type,
        location: choice.location,
        autoDelete: false,
      },
      pulumi.mergeOptions(site.options(this, "primary_ips"), {
        ...formerly(`${name}-${type}`),
        deleteBeforeReplace: false,
        deletedWith: choice,
      }),
    );
  }

  private orderServer(
    choice: ServerChoice,
    bootKey: KeyPair,
    { ipv4, ipv6 }: { ipv4?: hcloud.PrimaryIp; ipv6: hcloud.PrimaryIp },
  ): hcloud.Server {
    const { name } = this;
    const { site, hardware, image, placementGroup, operator } = this.args;
    return new hcloud.Server(
      name,
      {
        name: site.objectName(name),
        labels: site.labels(name),
        serverType: choice.serverType,
        location: choice.location,
        image,
        sshKeys: [site.sshKey.id],
        userData: pulumi.secret(
          pulumi
            .all([bootKey.privateKey, bootKey.publicKey, operator.publicKey])
            .apply(([hostPrivateKey, hostKey, authorized]) =>
              userData({ hostPrivateKey, hostKey, authorizedKeys: [authorized] }),
            ),
        ),
        firewallIds: [site.firewall.id.apply(Number)],
        placementGroupId: placementGroup.id.apply(Number),
        publicNets: [
          {
            ipv4Enabled: ipv4 !== undefined,
            ...(ipv4 ? { ipv4: ipv4.id.apply(Number) } : {}),
            ipv6Enabled: true,
            ipv6: ipv6.id.apply(Number),
          },
        ],
        // A disk that has grown can never shrink again, and with it no type that has a smaller one.
        keepDisk: true,
        deleteProtection: hardware.protect,
        rebuildProtection: hardware.protect, // the API wants both to be the same
      },
      pulumi.mergeOptions(pulumi.mergeOptions(site.options(this, "servers"), site.afterFailedChange), {
        protect: hardware.protect,
        // What was right at the first boot. A change would order another server, and NixOS has its own ways.
        ignoreChanges: ["userData", "sshKeys", "image"],
        dependsOn: [site.subnet],
        replacementTrigger: choice.order, // an order that failed at Hetzner leaves a server in the state that is none
      }),
    );
  }

  /** Brings the NixOS installer to run in the place of the stock image. */
  private takeOver(
    bootKey: KeyPair,
    ipv6: pulumi.Output<string>,
    options: pulumi.CustomResourceOptions,
  ): Takeover {
    const { site, operator } = this.args;
    return new Takeover(
      this.name,
      {
        identity: this.identity,
        machine: this.name,
        address: this.address,
        bootHostKey: bootKey.publicKey,
        hostKey: this.hostKey,
        hostPrivateKey: this.hostKeys.privateKey,
        privateKey: operator.privateKey,
        authorizedKey: operator.publicKey,
        nixpkgs: site.settings.nixpkgs,
        ipv6,
      },
      options,
    );
  }

  /** The server stays switched on, and answers after each change. */
  private keepOn(server: hcloud.Server, options: pulumi.CustomResourceOptions): void {
    const { site, hardware, operator } = this.args;
    new ServerPower(
      this.name,
      {
        ...{ ...site.account, stackIdentity: site.stackIdentity, host: this.name, server: server.id },
        ...{ serverType: server.serverType, ipv4: hardware.ipv4 },
        ...{ address: this.address, hostKey: this.hostKey, privateKey: operator.privateKey },
      },
      options,
    );
  }
}

function billOf({ serverType, location, monthlyCost }: ServerChoice): pulumi.Output<Bill> {
  return pulumi
    .all([serverType, location, monthlyCost])
    .apply(([type, place, { total, currency }]) => ({ what: `${type} in ${place}`, total, currency }));
}

/** The address of a server in the /64 that is its primary IPv6: 2001:db8:1::1 of 2001:db8:1::. */
const firstAddress = (network: string) => `${network.split("/")[0]}1`;
