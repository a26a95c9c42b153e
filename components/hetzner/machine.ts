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

  constructor(name: string, args: HetznerMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kluster:machine:HetznerMachine", name, {}, opts);
    const { site, host, hardware, operator } = args;
    const { account, settings, clusterName, stackIdentity, subnet } = site;
    const labels = site.labels(name);
    const hostNames = settings.hosts.map((other) => other.name);
    const comment = pulumi.interpolate`${name}.${clusterName}`;
    const hostKey = new KeyPair(name, { comment, generation: settings.rotate.hosts }, { parent: this });
    // Every pod could read user data: the key in it is good for the first boot alone.
    const bootKey = new KeyPair(
      logicalName({ host: name, role: "boot" }),
      { comment: pulumi.interpolate`${comment} boot` },
      { parent: this, ...formerly(`${name}-boot`, hostNames) }, // a host of that name has its lasting key there
    );

    const { serverTypes, locations, ipv4: wantsIpv4 } = hardware;
    // Decided as late as can be: if the server is not there at the next run, its order is what failed.
    const choice = new ServerChoice(
      name,
      {
        ...{
          ...account,
          stackIdentity,
          host: name,
          serverName: site.objectName(name),
          address: host.address,
        },
        ...{ serverTypes, locations, ipv4: wantsIpv4 },
      },
      {
        parent: this,
        dependsOn: [subnet, site.firewall, site.sshKey, args.placementGroup],
        deletedWith: site.cleanup,
      },
    );
    // It outlives its server: one that is replaced keeps its address. But an address cannot move: in another location
    // the new one is there, under a name of its own, before the server leaves the old.
    const primaryIp = (type: "ipv4" | "ipv6") =>
      new hcloud.PrimaryIp(
        logicalName({ host: name, role: type }),
        {
          name: choice.location.apply((location) => site.objectName(name, type, location)),
          labels,
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
    const ipv4 = wantsIpv4 ? primaryIp("ipv4") : undefined;
    const ipv6 = primaryIp("ipv6");
    const options = pulumi.mergeOptions(site.options(this, "servers"), site.afterFailedChange);
    const server = new hcloud.Server(
      name,
      {
        name: site.objectName(name),
        labels,
        serverType: choice.serverType,
        location: choice.location,
        image: args.image,
        sshKeys: [site.sshKey.id],
        userData: pulumi.secret(
          pulumi
            .all([bootKey.privateKey, bootKey.publicKey, operator.publicKey])
            .apply(([hostPrivateKey, publicKey, authorized]) =>
              userData({ hostPrivateKey, hostKey: publicKey, authorizedKeys: [authorized] }),
            ),
        ),
        firewallIds: [site.firewall.id.apply(Number)],
        placementGroupId: args.placementGroup.id.apply(Number),
        publicNets: [
          {
            ipv4Enabled: wantsIpv4,
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
      pulumi.mergeOptions(options, {
        protect: hardware.protect,
        // What was right at the first boot. A change would order another server, and NixOS has its own ways.
        ignoreChanges: ["userData", "sshKeys", "image"],
        dependsOn: [subnet],
        replacementTrigger: choice.order, // an order that failed at Hetzner leaves a server in the state that is none
      }),
    );
    const goesWithServer = { parent: this, deletedWith: server, deleteBeforeReplace: true };
    const attachment = new hcloud.ServerNetwork(
      name,
      { serverId: server.id.apply(Number), subnetId: subnet.id, ip: host.address },
      goesWithServer,
    );
    const ipv6Address = ipv6.ipAddress.apply(firstAddress);
    this.address = ipv4?.ipAddress ?? ipv6Address;
    const takeover = new Takeover(
      name,
      {
        identity: server.id,
        machine: name,
        address: this.address,
        bootHostKey: bootKey.publicKey,
        hostKey: hostKey.publicKey,
        hostPrivateKey: hostKey.privateKey,
        privateKey: operator.privateKey,
        authorizedKey: operator.publicKey,
        nixpkgs: settings.nixpkgs,
        ipv6: pulumi.interpolate`${ipv6Address}/64`,
      },
      { ...goesWithServer, dependsOn: [attachment] },
    );

    new ServerPower(
      name,
      {
        ...{ ...account, stackIdentity, host: name, server: server.id },
        ...{ serverType: server.serverType, ipv4: wantsIpv4 },
        ...{ address: this.address, hostKey: hostKey.publicKey, privateKey: operator.privateKey },
      },
      { ...goesWithServer, dependsOn: [takeover] },
    );

    const rootUuid = host.diskUuid ?? stackIdentity.apply((identity) => deriveUuid(identity, name, "root"));
    this.identity = server.id;
    this.resource = server;
    this.hostKey = hostKey.publicKey;
    this.hostKeys = hostKey;
    this.bill = pulumi
      .all([choice.serverType, choice.location, choice.monthlyCost])
      .apply(([serverType, location, { total, currency }]) => {
        const what = `${serverType} in ${location}`;
        return { what, total, currency };
      });
    this.facts = {
      kind: "hetzner",
      disk: takeover.disk,
      rootUuid,
      publicAddresses: [...(ipv4 ? [ipv4.ipAddress] : []), ipv6Address],
      hetzner: {
        macs: { public: takeover.publicMac, private: attachment.macAddress },
        ipv4: wantsIpv4,
        ipv6: pulumi.interpolate`${ipv6Address}/64`,
      },
    };
    this.installation = { hostPrivateKey: hostKey.privateKey };
    this.registerOutputs({});
  }
}

/** The address of a server in the /64 that is its primary IPv6: 2001:db8:1::1 of 2001:db8:1::. */
const firstAddress = (network: string) => `${network.split("/")[0]}1`;
