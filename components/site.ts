import * as pulumi from "@pulumi/pulumi";
import { HetznerSite } from "./hetzner/site";
import { formerly, logicalName } from "./logical-name";
import { Site, SiteArgs } from "./machine";
import { virtualBoxSite } from "./virtualbox";

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
