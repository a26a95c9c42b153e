"use strict";
// A host as components/hetzner/machine.ts orders it, without what needs a machine: choice, addresses, server. CLUSTER
// (JSON) describes it: { serverTypes: [...], locations: [...] }.
const { join } = require("node:path");
const checkout = process.env.CHECKOUT;
require(join(checkout, "setup", "typescript.js"));
const pulumi = require("@pulumi/pulumi");
const hcloud = require("@pulumi/hcloud");
const { hetznerAccount } = require(join(checkout, "components", "hetzner", "account"));
const { afterFailedChange } = require(join(checkout, "components", "hetzner", "failed-changes"));
const { KilledRuns } = require(join(checkout, "components", "hetzner", "killed-runs"));
const { ServerChoice, StackIdentity } = require(join(checkout, "provider", "sdk"));

const { serverTypes, locations } = JSON.parse(process.env.CLUSTER);
const account = hetznerAccount();
const { identity: stackIdentity } = new StackIdentity("stack", { master: "ee" });
const labels = { "kluster-stack": stackIdentity, "kluster-host": "ee" };
const killedRuns = new KilledRuns(account, stackIdentity);
const serverName = "kluster-test-ee";

const choice = new ServerChoice("ee", {
  ...account,
  ...{ stackIdentity, host: "ee", serverName, address: "10.64.0.12", serverTypes, locations, ipv4: false },
});
const ipv6 = new hcloud.PrimaryIp(
  "ee-ipv6",
  {
    name: pulumi.interpolate`${serverName}-ipv6-${choice.location}`,
    ...{ labels, type: "ipv6", location: choice.location, autoDelete: false },
  },
  { deleteBeforeReplace: false, ...killedRuns.before("primary_ips") },
);
new hcloud.Server(
  "ee",
  {
    ...{
      name: serverName,
      labels,
      serverType: choice.serverType,
      location: choice.location,
      image: "debian-13",
    },
    publicNets: [{ ipv4Enabled: false, ipv6Enabled: true, ipv6: ipv6.id.apply(Number) }],
    keepDisk: true,
  },
  {
    ...afterFailedChange(account),
    deleteBeforeReplace: true,
    replacementTrigger: choice.order,
  },
);
