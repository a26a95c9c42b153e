/** A rule of Hetzner's firewall, in the words of @pulumi/hcloud. */
export interface FirewallRule {
  direction: "in";
  protocol: "tcp" | "udp";
  port: string;
  sourceIps: string[];
  description: string;
}

/** What may come in from outside. */
export interface OpenPorts {
  /** CIDRs, IPv4 or IPv6. */
  access: readonly string[];
  /** TCP port of the Kubernetes API. */
  apiPort: number;
  /** UDP port of WireGuard, where it is on. */
  wireguardPort?: number;
}

/**
 * Everything that may come in by the public interfaces; what no rule names is dropped. The servers need nothing of it
 * among themselves: they use the private network, which Hetzner's firewall does not look at.
 */
export function firewallRules({ access, apiPort, wireguardPort }: OpenPorts): FirewallRule[] {
  const open = (protocol: "tcp" | "udp", port: number, description: string): FirewallRule => ({
    direction: "in",
    protocol,
    port: String(port),
    sourceIps: [...access],
    description,
  });
  return [
    open("tcp", 22, "SSH"),
    open("tcp", apiPort, "Kubernetes API"),
    ...(wireguardPort === undefined ? [] : [open("udp", wireguardPort, "WireGuard")]),
  ];
}
