import { hasCode } from "../client/errors";
import { Session, TRIES } from "../client/session";
import { Kind } from "../kind";
import { isCidr } from "../validators";

/** The id of a subnet is its network's and its range: `4200008-10.64.0.0/24`. */
export function parseSubnetId(id: string): { network: string; range: string } | undefined {
  const dash = id.indexOf("-");
  const [network, range] = [id.slice(0, dash), id.slice(dash + 1)];
  return /^\d+$/.test(network) && isCidr(range) ? { network, range } : undefined;
}

export const networkSubnet: Kind = {
  token: "hcloud:index/networkSubnet:NetworkSubnet",
  library: "sdk",
  fields: {
    networkId: { kind: "number", required: true, forceNew: true },
    type: {
      kind: "string",
      required: true,
      forceNew: true,
      check: (type) => {
        if (["cloud", "server", "vswitch"].includes(type)) return undefined;
        return `expected type to be one of ["cloud" "server" "vswitch"], got ${type}`;
      },
    },
    networkZone: { kind: "string", required: true, forceNew: true },
    ipRange: { kind: "string", required: true, forceNew: true },
    gateway: { kind: "string", computed: true },
    vswitchId: { kind: "number", optional: true, forceNew: true, refused: {} },
  },
  together: ({ type }) =>
    type === "vswitch"
      ? "Subnets of type vswitch are not in the lab's stand-in of the hcloud plugin."
      : undefined,

  async create(api, planned, made) {
    const { networkId, type, networkZone, ipRange } = planned;
    if (!isCidr(ipRange)) throw new Error(`invalid CIDR address: ${ipRange}`);
    const answer = await api.persist(
      TRIES,
      (error) => hasCode(error, "conflict", "vswitch_id_already_used"),
      () =>
        api.post(`/networks/${networkId}/actions/add_subnet`, {
          type,
          network_zone: networkZone,
          ip_range: ipRange,
        }),
    );
    await api.settle(answer);
    made(`${networkId}-${ipRange}`);
  },

  async read(api, id) {
    const subnet = await find(api, id);
    if (typeof subnet !== "object") return undefined;
    return {
      networkId: Number(parseSubnetId(id)!.network),
      type: subnet.type,
      networkZone: subnet.network_zone,
      ipRange: subnet.ip_range,
      gateway: subnet.gateway,
    };
  },

  async delete(api, id) {
    const answer = await api.persist(TRIES, servesStill, async () => {
      const subnet = await find(api, id);
      if (subnet === "no network") return undefined;
      if (subnet === "no subnet") throw new Error(`network subnet not found: ${id}`); // an error in the official one, too
      const { network } = parseSubnetId(id)!;
      const body = { ip_range: subnet.ip_range };
      return api.post(`/networks/${network}/actions/delete_subnet`, body).catch((error) => {
        if (!hasCode(error, "not_found")) throw error;
        return undefined;
      });
    });
    if (answer) await api.settle(answer);
  },
};

const servesStill = (error: unknown): boolean =>
  hasCode(error, "conflict", "locked") ||
  (hasCode(error, "service_error") && error.message.includes("servers are attached"));

async function find(api: Session, id: string) {
  const parsed = parseSubnetId(id);
  const network = parsed && (await api.find(`/networks/${parsed.network}`, "network"));
  if (!network) return "no network";
  const subnets: Record<string, any>[] = network.subnets;
  return subnets.find(({ ip_range }) => ip_range === parsed.range) ?? "no subnet";
}
