import { Cloud } from "../cloud";

const target = (cloud: Cloud, firewall: number, server: number) =>
  cloud.state.firewalls
    .find(({ id }) => id === firewall)
    ?.appliedTo.find((one) => one.type === "server" && one.server === server);

/** The firewall's rules are in force on the server. */
export async function applyFirewall(cloud: Cloud, firewall: number, server: number): Promise<void> {
  const applied = target(cloud, firewall, server);
  if (applied?.type === "server") applied.status = "applied";
}

export async function removeFirewall(cloud: Cloud, firewall: number, server: number): Promise<void> {
  const found = cloud.state.firewalls.find(({ id }) => id === firewall);
  const gone = target(cloud, firewall, server);
  if (found) found.appliedTo = found.appliedTo.filter((one) => one !== gone);
}
