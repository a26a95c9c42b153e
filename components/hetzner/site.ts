import { createHash } from "node:crypto";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { HOST_LABEL, Kind, STACK_LABEL } from "../../provider/hetzner";
import { HetznerCleanup, KeyPair } from "../../provider/sdk";
import { ClusterSettings, HetznerSettings, HostSettings } from "../../settings/cluster";
import { formerly, logicalName } from "../logical-name";
import { Machine, Site, SiteArgs } from "../machine";
import { HetznerAccount, hetznerAccount } from "./account";
import { afterFailedChange } from "./failed-changes";
import { firewallRules } from "./firewall-rules";
import { KilledRuns } from "./killed-runs";
import { HetznerMachine } from "./machine";
import { placementGroupOf, placementGroups } from "./placement";

export interface HetznerSiteArgs extends SiteArgs {
  provider: HetznerSettings;
}

/** What the servers of a stack share at Hetzner: a private network, a firewall, spread placement and the operator's key. */
export class HetznerSite extends pulumi.ComponentResource implements Site {
  /** Hetzner's private networks carry packets of 1450 bytes. */
  readonly mtu = 1450;
  readonly access: readonly string[];
  readonly account: HetznerAccount;
  readonly settings: ClusterSettings;
  /** See Cluster. */
  readonly clusterName: pulumi.Output<string>;
  readonly stackIdentity: pulumi.Output<string>;
  readonly subnet: hcloud.NetworkSubnet;
  readonly firewall: hcloud.Firewall;
  readonly sshKey: hcloud.SshKey;
  private readonly groups: Record<string, hcloud.PlacementGroup>;
  /**
   * When the whole stack is destroyed, it alone deletes what is at Hetzner: all of it depends on this, so it goes last.
   * The plugin could not go on where a killed run stopped: for it, an object that is gone already is an error.
   */
  readonly cleanup: HetznerCleanup;
  private readonly killedRuns: KilledRuns;
  /** For servers: what a failed change has switched off goes on. */
  readonly afterFailedChange: pulumi.CustomResourceOptions;

  constructor(
    name: string,
    private readonly args: HetznerSiteArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("kluster:hetzner:Site", name, {}, opts);
    const { settings, provider, stackIdentity } = args;
    this.settings = settings;
    this.clusterName = args.clusterName;
    this.stackIdentity = stackIdentity;
    this.access = provider.access;
    this.account = hetznerAccount();
    this.killedRuns = new KilledRuns(this.account, stackIdentity);
    this.afterFailedChange = afterFailedChange(this.account);
    this.cleanup = this.makeCleanup();
    this.sshKey = this.makeSshKey();
    this.subnet = this.makeSubnet();
    this.firewall = this.makeFirewall();
    this.groups = this.makeGroups();
    this.registerOutputs({});
  }

  private makeCleanup(): HetznerCleanup {
    const { settings, provider, operator } = this.args;
    return new HetznerCleanup(
      logicalName({ role: "cleanup" }),
      {
        ...{ ...this.account, stackIdentity: this.stackIdentity, stack: settings.stack },
        ...{ access: provider.access, names: this.objectNames(operator) },
      },
      { parent: this, ...formerly("cleanup") },
    );
  }

  private makeSshKey(): hcloud.SshKey {
    const { operator } = this.args;
    return new hcloud.SshKey(
      logicalName({ role: "operator" }),
      { name: this.sshKeyName(operator), labels: this.labels(), publicKey: operator.publicKey },
      { ...this.options(this, "ssh_keys"), ...formerly("operator") },
    );
  }

  /** With the network that it is all of. */
  private makeSubnet(): hcloud.NetworkSubnet {
    const { settings, provider } = this.args;
    const network = new hcloud.Network(
      logicalName({ role: "network" }),
      { name: this.objectName(), labels: this.labels(), ipRange: settings.network },
      { ...this.options(this, "networks"), ...formerly("network") },
    );
    return new hcloud.NetworkSubnet(
      logicalName({ role: "subnet" }),
      {
        networkId: network.id.apply(Number),
        type: "cloud",
        networkZone: provider.networkZone,
        ipRange: settings.network,
      },
      {
        parent: this,
        ...formerly("subnet"),
        deletedWith: this.cleanup,
        deleteBeforeReplace: true, // two of one range do not fit into one network
        ...this.killedRuns.beforeSubnet(),
      },
    );
  }

  private makeFirewall(): hcloud.Firewall {
    const { settings, provider } = this.args;
    const { wireguard, kubernetes } = settings;
    return new hcloud.Firewall(
      logicalName({ role: "firewall" }),
      {
        ...{ name: this.objectName(), labels: this.labels() },
        rules: firewallRules({
          access: provider.access,
          apiPort: kubernetes.apiPort,
          wireguardPort: wireguard?.port,
        }),
      },
      { ...this.options(this, "firewalls"), ...formerly("firewall") },
    );
  }

  /** The groups that spread the servers over Hetzner's hosts, by their names. */
  private makeGroups(): Record<string, hcloud.PlacementGroup> {
    return Object.fromEntries(
      placementGroups(this.settings.hosts.length).map((group) => [
        group,
        new hcloud.PlacementGroup(
          logicalName({ role: group }),
          { name: this.objectName(group), labels: this.labels(), type: "spread" },
          { ...this.options(this, "placement_groups"), ...formerly(group) },
        ),
      ]),
    );
  }

  machine(host: HostSettings): Machine {
    const group = placementGroupOf(this.settings.hosts.indexOf(host));
    return new HetznerMachine(
      logicalName({ host: host.name }),
      {
        site: this,
        host,
        hardware: this.args.provider.hosts[host.name],
        image: this.args.provider.image,
        placementGroup: this.groups[group],
        operator: this.args.operator,
      },
      { parent: this },
    );
  }

  /** Names are unique in a Hetzner project; labels say whose an object is. */
  objectName(...parts: string[]): pulumi.Output<string> {
    return this.clusterName.apply((cluster) => ["kluster", cluster, ...parts].join("-"));
  }

  /** Under another name, another key is there before the earlier one goes. */
  private sshKeyName({ publicKey, followed }: KeyPair): pulumi.Output<string> {
    return pulumi
      .all([this.objectName(), publicKey, followed])
      .apply(([name, key, earlier]) =>
        earlier.length === 0 ? name : `${name}-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`,
      );
  }

  /** All of them, by the kind as the API has it; addresses are named after their servers. */
  private objectNames(operator: KeyPair) {
    const { hosts } = this.settings;
    return {
      ssh_keys: [this.sshKeyName(operator)],
      networks: [this.objectName()],
      firewalls: [this.objectName()],
      placement_groups: placementGroups(hosts.length).map((group) => this.objectName(group)),
      servers: hosts.map(({ name }) => this.objectName(name)),
    };
  }

  labels(host?: string): pulumi.Output<Record<string, string>> {
    return this.stackIdentity.apply((identity): Record<string, string> => ({
      [STACK_LABEL]: identity,
      ...(host === undefined ? {} : { [HOST_LABEL]: host }),
    }));
  }

  /** For an object that a run which was killed may have left behind. */
  options(parent: pulumi.Resource, kind: Kind): pulumi.CustomResourceOptions {
    return {
      parent,
      dependsOn: [this.cleanup],
      deletedWith: this.cleanup,
      // Names are unique, and a successor must not take its predecessor for a leftover.
      deleteBeforeReplace: true,
      ...this.killedRuns.before(kind),
    };
  }
}
