import type { Run } from "../../provider/process";
import { must } from "./must";
import { metadataAddress, publicBridge, router } from "./public-network";

/** What a server's firewalls let through between it and the internet. */
export interface Fence {
  server: number;
  /** The server's own: an IPv4 address, the CIDR of its IPv6 addresses. */
  addresses: string[];
  /** What comes in; nothing else does. */
  in: Passage[];
  /** What goes out, and nothing else; everything does where this is missing. */
  out?: Passage[];
}

/** One kind of traffic that may pass. */
export interface Passage {
  protocol: "tcp" | "udp" | "icmp" | "esp" | "gre";
  /** The receiver's port, a range `80-90`, or any where this is null. */
  ports: string | null;
  /** CIDRs of who is at the other end. */
  peers: string[];
}

/** Puts all servers' fences up, in place of those that stood: the others are open. To be called inside the lab. */
export const putUpFences = async (run: Run, fences: Fence[]): Promise<void> =>
  void (await must(run, "nft", ["-f", "-"], { stdin: rulesOf(fences) }));

/**
 * The fences as a table of nftables. It stands at the router that everything of the public network goes by, so nothing
 * is looked at in private networks. What may pass returns from its chain instead of being accepted: between two servers,
 * first the sender's fence decides, then the receiver's.
 */
export function rulesOf(fences: Fence[]): string {
  const closed = fences.filter(({ out }) => out !== undefined);
  return `
table inet ${table}
delete table inet ${table}
table inet ${table} {
${fences.map(({ server, in: passages }) => chain(`in${server}`, "saddr", passages)).join("")}${closed
    .map(({ server, out }) => chain(`out${server}`, "daddr", out!))
    .join("")}  chain from_servers {
    ct state established,related return
    icmpv6 type ${neighbourhood} return
    udp sport 68 udp dport 67 return
    ip daddr ${metadataAddress} tcp dport 80 return
    ip daddr ${router.ipv4} meta l4proto { tcp, udp } th dport 53 return
${jumps("saddr", "out", closed)}  }
  chain to_servers {
    ct state established,related return
    icmpv6 type ${neighbourhood} return
    udp sport 67 udp dport 68 return
${jumps("daddr", "in", fences)}  }
  chain input {
    type filter hook input priority 0;
    iifname "${publicBridge}" jump from_servers
  }
  chain output {
    type filter hook output priority 0;
    # Neighbours are behind one interface, and yet there is no way to them but by this router.
    oifname "${publicBridge}" icmpv6 type nd-redirect drop
    oifname "${publicBridge}" jump to_servers
  }
  chain forward {
    type filter hook forward priority 0;
    iifname "${publicBridge}" jump from_servers
    oifname "${publicBridge}" jump to_servers
  }
}
`;
}

const table = "hzfences";

/** What tells neighbours of each other, and is no traffic. */
const neighbourhood = "{ nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }";

const isIpv6 = (address: string) => address.includes(":");

/** Lets passages through and drops the rest, without a word, as a cloud does. */
const chain = (name: string, peer: "saddr" | "daddr", passages: Passage[]) => `  chain ${name} {
${passages.flatMap((passage) => passage.peers.map((cidr) => `    ${match(passage, peer, cidr)} return\n`)).join("")}    drop
  }
`;

/** A rule for each range, and no set of them: those that overlap are an error in a set. */
function match({ protocol, ports }: Passage, peer: "saddr" | "daddr", cidr: string): string {
  const from = `${isIpv6(cidr) ? "ip6" : "ip"} ${peer} ${cidr}`;
  const [low, high] = ports?.split("-") ?? [];
  // Not `22-22`, which is no range to nft.
  if (low !== undefined) return `${from} ${protocol} dport ${low === (high ?? low) ? low : `${low}-${high}`}`;
  return `${from} meta l4proto ${protocol === "icmp" && isIpv6(cidr) ? "ipv6-icmp" : protocol}`;
}

/** Sends a packet to its server's chain. */
function jumps(end: "saddr" | "daddr", direction: "in" | "out", fences: Fence[]): string {
  const verdicts = fences.flatMap(({ server, addresses }) =>
    addresses.map((address) => ({ address, verdict: `${address} : jump ${direction}${server}` })),
  );
  return [false, true]
    .map((ipv6) => verdicts.filter(({ address }) => isIpv6(address) === ipv6))
    .map((some, ipv6) =>
      some.length === 0
        ? "" // nft knows no empty map
        : `    ${ipv6 ? "ip6" : "ip"} ${end} vmap { ${some.map(({ verdict }) => verdict).join(", ")} }\n`,
    )
    .join("");
}
