import * as pulumi from "@pulumi/pulumi";
import { Hosts, KeyPair } from "../provider/sdk";
import { ClusterSettings } from "../settings/cluster";
import { HetznerSite } from "./hetzner/site";
import { formerly, logicalName } from "./logical-name";
import { Site } from "./machine";
import { virtualBoxSite } from "./virtualbox";

export interface SiteArgs {
  settings: ClusterSettings;
  /** See Cluster. */
  clusterName: pulumi.Output<string>;
  stackIdentity: pulumi.Output<string>;
  hosts: Hosts;
  /** The key that the operator logs in with. */
  operator: KeyPair;
}

/** The one place that knows which kinds of machines there are. */
export function createSite(args: SiteArgs, opts: pulumi.ComponentResourceOptions): Site {
  const { provider } = args.settings;
  switch (provider.kind) {
    case "virtualbox":
      return virtualBoxSite({ ...args, provider }, opts);
    case "hetzner":
      return new HetznerSite(
        logicalName({ role: "hetzner" }),
        { ...args, provider },
        { ...opts, ...formerly("hetzner") },
      );
  }
}
