import { join } from "node:path";
import type { Holdings } from "../../../../lab/hetzner/holdings";
import type { Faults } from "../../../../lab/hetzner/faults";
import type { LoggedRequest } from "../../../../lab/hetzner/request-log";
import { labOutput, stack } from "./lab";

const ASK = join(__dirname, "ask");

let endpoint: string | undefined;

/** Asks the stand-in of Hetzner's API in the lab. */
async function ask<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  endpoint ??= (await labOutput(["pulumi", "config", "get", "hcloud:endpoint", "--stack", stack])).trim();
  const url = path.startsWith("/_") ? new URL(path, endpoint).href : endpoint + path;
  const stdin = body === undefined ? "" : JSON.stringify(body);
  const text = await labOutput([ASK, url, method], { stdin });
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** All that the project holds. */
export const holdings = async () => (await ask<Holdings>("/_holdings")).objects;

/** Kinds and names of all that the project holds, sorted. */
export const held = async () => (await holdings()).map(({ kind, name }) => `${kind} ${name}`).sort();

export const forgetRequests = () => ask<void>("/_requests", "DELETE");

/** Requests since they were forgotten, without those that only ask how far an action is. */
export async function requests(): Promise<LoggedRequest[]> {
  const log = await ask<{ requests: LoggedRequest[] }>("/_requests");
  return log.requests.filter(({ poll }) => !poll);
}

export const setFaults = (faults: Faults) => ask<Faults>("/_faults", "PUT", faults);
export const noFaults = () => setFaults({});
/** Faults that were asked for and have not come about. */
export async function faultsLeft(): Promise<number> {
  const { requests = [], actions = [] } = await ask<Faults>("/_faults");
  return [...requests, ...actions].filter(({ times }) => times > 0).length;
}

export const setStock = (stock: Record<string, boolean | Record<string, boolean>>) =>
  ask<unknown>("/_stock", "PUT", stock);

/** A server of the project, as the API tells it. */
export interface ApiServer {
  id: number;
  name: string;
  status: string;
  server_type: { name: string };
  labels: Record<string, string>;
  location: { name: string };
  protection: { delete: boolean };
}

export async function server(host: string): Promise<ApiServer | undefined> {
  const name = encodeURIComponent(`kluster-${stack}-${host}`);
  return (await ask<{ servers: ApiServer[] }>(`/servers?name=${name}`)).servers[0];
}

/** What a person does in Hetzner's console. */
export const byHand = (method: string, path: string, body?: unknown) => ask<unknown>(path, method, body);
