import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { BlockList, isIP, isIPv6 } from "node:net";

/** Answers with the caller's address as text. setup/allow asks the same. */
export const ADDRESS_SERVICE = "https://ip.hetzner.com";
/** Milliseconds: nobody waits long for a hint. */
const PATIENCE = 3_000;

/**
 * The addresses that this box has on the internet, IPv4 and IPv6, as far as a service tells them in a moment; none where it
 * does not answer.
 * @param service its URL; $KLUSTER_ADDRESS_URL unless told, and nobody is asked where that is empty
 */
export async function ownAddresses(
  service: string = process.env.KLUSTER_ADDRESS_URL ?? ADDRESS_SERVICE,
): Promise<string[]> {
  if (!URL.canParse(service)) return [];
  const answers = await Promise.all([4, 6].map((family) => ask(new URL(service), family as 4 | 6)));
  return [...new Set(answers.filter((answer) => answer !== undefined))];
}

function ask(service: URL, family: 4 | 6): Promise<string | undefined> {
  return new Promise((resolve) => {
    const get = service.protocol === "http:" ? getHttp : getHttps;
    const request = get(
      service,
      { family, timeout: PATIENCE, signal: AbortSignal.timeout(PATIENCE) },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => (text = (text + part).slice(0, 200)));
        answer.on("error", () => resolve(undefined));
        answer.on("end", () => resolve(isIP(text.trim()) ? text.trim() : undefined));
      },
    );
    request.on("error", () => resolve(undefined));
  });
}

/** Whether an address is in one of these networks (CIDR). */
export function isIn(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base, prefix] = network.split("/");
    // Else ::/0 would have the IPv4 addresses as well, as ::ffff:0:0/96.
    if (familyOf(base) === familyOf(address)) list.addSubnet(base, Number(prefix), familyOf(base));
  }
  return list.check(address, familyOf(address));
}

const familyOf = (address: string) => (isIPv6(address) ? "ipv6" : "ipv4");
