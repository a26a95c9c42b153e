import { CallOptions, HetznerApi } from "./api";
import { HOST_LABEL, isLabelled, STACK_LABEL } from "./labels";
import { capital, CloudObject, lookAgain, nameOf } from "./objects";

/**
 * What is to be said of servers that have an address of a stack and not its label: they may be the stack's, and have
 * lost it, or somebody else's, who was given the address. In neither case may the address and the network be taken away
 * without a word.
 */
export async function strays(
  api: HetznerApi,
  addresses: readonly CloudObject[],
  stackIdentity: string,
  options: CallOptions = {},
): Promise<string[]> {
  const said: string[] = [];
  for (const address of addresses) {
    if (typeof address.assignee_id !== "number") continue;
    const server = await lookAgain(api, "servers", { id: address.assignee_id }, options);
    const going = (server as { status?: string } | undefined)?.status === "deleting";
    if (!server || going || isLabelled(server, { [STACK_LABEL]: stackIdentity })) continue;
    const host = address.labels?.[HOST_LABEL];
    const labels = `${STACK_LABEL}=${stackIdentity}${host ? ` ${HOST_LABEL}=${host}` : ""}`;
    said.push(
      `${capital(nameOf("servers", server))} (id ${server.id}) has ${nameOf("primary_ips", address)}, and not the stack's label. ` +
        `If it is the stack's, give it back: hcloud server add-label --overwrite ${server.name} ${labels}. ` +
        "If not, take the address from it. Then run this again; what the servers share stays until then.",
    );
  }
  return said;
}
