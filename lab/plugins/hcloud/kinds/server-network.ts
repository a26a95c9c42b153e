import { Properties } from "../../values";
import { hasCode } from "../client/errors";
import { Session, TRIES } from "../client/session";
import { Kind } from "../kind";
import { parseSubnetId } from "./network-subnet";

export const serverNetwork: Kind = {
  token: "hcloud:index/serverNetwork:ServerNetwork",
  library: "framework",
  fields: {
    serverId: { kind: "number", required: true, forceNew: true },
    networkId: { kind: "number", optional: true, computed: true, forceNew: true, settled: true },
    subnetId: { kind: "string", optional: true, forceNew: true },
    ip: { kind: "string", optional: true, computed: true, forceNew: true, settled: true },
    aliasIps: { kind: "set", of: "string", optional: true, computed: true, default: [], refused: {} },
    macAddress: { kind: "string", computed: true, settled: true },
  },
  together: ({ networkId, subnetId }) =>
    networkId === undefined && subnetId === undefined
      ? "Missing Attribute Configuration. At least one of these attributes must be configured: [network_id,subnet_id]"
      : undefined,

  async create(api, planned, made) {
    const { serverId, ip } = planned;
    const { network, range } = place(planned);
    const answer = await api.persist(
      TRIES,
      (error) => hasCode(error, "conflict", "locked", "service_error", "no_subnet_available"),
      () =>
        api.post(`/servers/${serverId}/actions/attach_to_network`, {
          network,
          ...(ip && { ip }),
          ...(range && { ip_range: range }),
        }),
    );
    await api.settle(answer);
    const id = `${serverId}-${network}`;
    if (!(await attachment(api, id)))
      throw new Error(`Attachment of server ${serverId} to network ${network} vanished`);
    made(id);
  },

  async read(api, id, state) {
    const [server, network] = parse(id);
    const nic = await attachment(api, id);
    if (!nic) return undefined;
    return {
      serverId: Number(server),
      networkId: Number(network),
      // The API says nothing of it.
      subnetId: state.subnetId ?? null,
      ip: nic.ip,
      aliasIps: nic.alias_ips,
      macAddress: nic.mac_address,
    };
  },

  async delete(api, id) {
    const [server, network] = parse(id);
    const answer = await api.persist(
      TRIES,
      (error) => hasCode(error, "conflict", "locked", "service_error"),
      () => api.post(`/servers/${server}/actions/detach_from_network`, { network: Number(network) }),
    );
    await api.settle(answer);
  },
};

/** The network and, of a subnet, its range. @throws when ids of network and subnet do not fit */
function place({ networkId, subnetId }: Properties): { network: number; range?: string } {
  if (!subnetId) return { network: networkId };
  const parsed = parseSubnetId(subnetId);
  if (!parsed)
    throw new Error(
      `[AttributeName("subnet_id")] Invalid Subnet ID: Unexpected subnet id '${subnetId}', expected '$NETWORK_ID-$SUBNET_IP_RANGE'`,
    );
  const network = Number(parsed.network);
  if (networkId !== undefined && networkId !== network)
    throw new Error(
      `[AttributeName("subnet_id")] Invalid Subnet ID: The network ID '${networkId}' and the subnet ID '${subnetId}' do not refer to the same network ID.`,
    );
  return { network, range: parsed.range };
}

function parse(id: string): [server: string, network: string] {
  const match = /^(\d+)-(\d+)$/.exec(id);
  if (match) return [match[1], match[2]];
  throw new Error(
    `[AttributeName("id")] Invalid ID: Unexpected id '${id}', expected '$SERVER_ID-$NETWORK_ID'`,
  );
}

/** The server's interface in the network; undefined where there is none. */
async function attachment(api: Session, id: string): Promise<Properties | undefined> {
  const [server, network] = parse(id);
  const found = await api.find(`/servers/${server}`, "server");
  return found?.private_net.find((one: Properties) => one.network === Number(network));
}
