import { CallOptions, HetznerApi } from "./api";
import { HetznerError } from "./errors";
import { HOST_LABEL, isLabelled, Labels, STACK_LABEL } from "./labels";

/**
 * Kinds of objects that can have labels, as the API's paths name them, in the order in which they can go: what is
 * used after what uses it.
 */
export const KINDS = {
  servers: "server",
  load_balancers: "load balancer",
  floating_ips: "floating IP",
  primary_ips: "primary IP",
  volumes: "volume",
  firewalls: "firewall",
  networks: "network",
  placement_groups: "placement group",
  ssh_keys: "SSH key",
  certificates: "certificate",
} as const;

export type Kind = keyof typeof KINDS;

/** What all kinds of objects tell of themselves. */
export interface CloudObject {
  id: number;
  name: string;
  labels?: Labels | null;
  protection?: { delete: boolean };
  /** Of a server: the private networks that it is in. */
  private_net?: unknown[];
  /** Of a network or a placement group: ids of the servers in it. */
  servers?: number[];
  /** Of a network: ids. */
  load_balancers?: number[];
  /** Of a network. */
  subnets?: { ip_range: string }[];
  /** Of a firewall. */
  applied_to?: AppliedTo[];
  /** Of a primary IP: the server that has it. */
  assignee_id?: number | null;
}

/** What a firewall is applied to: one server, or all that a label selector selects. */
export interface AppliedTo {
  type: string;
  server?: { id: number };
  label_selector?: { selector: string };
  applied_to_resources?: { server?: { id: number } }[];
}

/** Whether anything depends on it. A server does its work as soon as it is in the stack's network. */
export function isInUse({ private_net, servers, applied_to, assignee_id }: CloudObject): boolean {
  return [private_net, servers, applied_to].some((users) => users?.length) || typeof assignee_id === "number";
}

/** The object as it is now; undefined when it is gone. */
export async function lookAgain(
  api: HetznerApi,
  kind: Kind,
  { id }: Pick<CloudObject, "id">,
  options: CallOptions = {},
): Promise<CloudObject | undefined> {
  try {
    const answer = await api.get<Record<string, CloudObject>>(`/${kind}/${id}`, options);
    return Object.values(answer)[0];
  } catch (error) {
    if (error instanceof HetznerError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** "the server kluster-dev-il" */
export function nameOf(kind: Kind, object: CloudObject): string {
  return `the ${KINDS[kind]} ${object.name}`;
}

export interface RemoveOptions extends CallOptions {
  /** Asked before each wait for an object that is in use; throws where waiting is in vain. */
  whileInUse?: () => Promise<void>;
}

/**
 * Deletes an object and waits until it is gone; finding it gone is success. What is protected stays: protection is
 * the user's word that this is not to be lost. Only a host's server that has never come into a network has nothing to
 * lose: it was cut off while it was made.
 * @throws HetznerError
 */
export async function removeObject(
  api: HetznerApi,
  kind: Kind,
  object: CloudObject,
  options: RemoveOptions = {},
): Promise<void> {
  const failed = `${capital(nameOf(kind, object))} cannot be deleted`;
  const path = `/${kind}/${object.id}`;
  if (object.protection?.delete) {
    const isHosts = object.labels?.[HOST_LABEL] !== undefined; // else somebody gave it the stack's label by hand
    const partiallyCreated = kind === "servers" && isHosts && object.private_net && !isInUse(object);
    if (!partiallyCreated) throw new HetznerError("protected", `${failed}: it is protected.`);
    await api.act(`${path}/actions/change_protection`, { delete: false, rebuild: false }, options);
  }
  // A server that is just gone still holds its firewall and network for a moment.
  const call = { ...options, passing: ["resource_in_use"], beforeWait: options.whileInUse };
  try {
    if (kind === "networks") await removeSubnets(api, object, call);
    await api.delete(path, call).catch(async (error) => {
      if (!(error instanceof HetznerError) || error.code !== "must_be_unassigned") throw error;
      await refuseStranger(api, object, options);
      await api.act(`${path}/actions/unassign`, {}, options);
      await api.delete(path, call);
    });
  } catch (error) {
    if (!(error instanceof HetznerError)) throw error;
    throw new HetznerError(error.code, `${failed}: ${error.message}`, "", error.status);
  }
}

/** An address that another's server has got meanwhile stays with it. */
async function refuseStranger(api: HetznerApi, address: CloudObject, options: CallOptions): Promise<void> {
  const now = await lookAgain(api, "primary_ips", address, options);
  if (typeof now?.assignee_id !== "number") return;
  const server = await lookAgain(api, "servers", { id: now.assignee_id }, options);
  const stack = address.labels?.[STACK_LABEL];
  if (!server || (stack && isLabelled(server, { [STACK_LABEL]: stack }))) return;
  throw new HetznerError(
    "resource_in_use",
    `${nameOf("servers", server)} (id ${server.id}) has got it meanwhile, and does not carry the stack's label.`,
  );
}

/**
 * Takes a network's subnets away, each of which the API refuses while something is in it; the network itself it would
 * take from whoever has come into it meanwhile.
 */
async function removeSubnets(
  api: HetznerApi,
  network: CloudObject,
  call: CallOptions & { passing: readonly string[] },
): Promise<void> {
  for (const { ip_range } of network.subnets ?? []) {
    try {
      await api.act(`/networks/${network.id}/actions/delete_subnet`, { ip_range }, call);
    } catch (error) {
      if (!(error instanceof HetznerError) || error.code === "resource_in_use") throw error;
      const now = await lookAgain(api, "networks", network, call); // an answer may have been lost, and the subnet be gone
      if (now?.subnets?.some((subnet) => subnet.ip_range === ip_range)) throw error;
    }
  }
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
