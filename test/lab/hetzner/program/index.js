"use strict";
// The hcloud objects of a cluster, as CLUSTER (JSON) describes it: { hosts: { name: { ip, type, location,
// protect } }, ports: [...], labels: {...} }.
const hcloud = require("@pulumi/hcloud");

const cluster = JSON.parse(process.env.CLUSTER);
const labels = { "kluster-stack": "0123456789abcdef", ...cluster.labels };
const numeric = (id) => id.apply(Number);

const key = new hcloud.SshKey("operator", {
  name: "kluster-test",
  publicKey: cluster.publicKey,
  labels,
});
const network = new hcloud.Network("network", {
  name: "kluster-test",
  ipRange: "10.64.0.0/24",
  labels,
});
const subnet = new hcloud.NetworkSubnet("subnet", {
  networkId: numeric(network.id),
  type: "cloud",
  networkZone: "eu-central",
  ipRange: "10.64.0.0/24",
});
const firewall = new hcloud.Firewall("firewall", {
  name: "kluster-test",
  labels,
  rules: cluster.ports.map((port) => ({
    direction: "in",
    protocol: port === "51820" ? "udp" : "tcp",
    port,
    sourceIps: ["203.0.113.0/24", "2001:db8::/32"],
    description: `port ${port}`,
  })),
});
const group = new hcloud.PlacementGroup("group", { name: "kluster-test-1", type: "spread", labels });

exports.addresses = {};
for (const [name, host] of Object.entries(cluster.hosts)) {
  const own = { ...labels, "kluster-host": name };
  const [ipv4, ipv6] = ["ipv4", "ipv6"].map(
    (type) =>
      new hcloud.PrimaryIp(`${name}-${type}`, {
        name: `kluster-test-${name}-${type}`,
        type,
        location: host.location,
        autoDelete: false,
        deleteProtection: host.protect,
        labels: own,
      }),
  );
  const server = new hcloud.Server(
    name,
    {
      name: `kluster-test-${name}`,
      serverType: host.type,
      location: host.location,
      image: "debian-13",
      userData: `#cloud-config\n${JSON.stringify({ disable_root: false, ssh_pwauth: false })}`,
      sshKeys: [key.id],
      labels: own,
      placementGroupId: numeric(group.id),
      firewallIds: [numeric(firewall.id)],
      publicNets: [{ ipv4Enabled: true, ipv4: numeric(ipv4.id), ipv6Enabled: true, ipv6: numeric(ipv6.id) }],
      deleteProtection: host.protect,
      rebuildProtection: host.protect,
      keepDisk: true,
    },
    { ignoreChanges: ["userData", "sshKeys", "image"] },
  );
  new hcloud.ServerNetwork(
    name,
    { serverId: numeric(server.id), networkId: numeric(network.id), ip: host.ip },
    { dependsOn: subnet, deleteBeforeReplace: true },
  );
  exports.addresses[name] = server.ipv4Address;
}
