import { ApiAnswer, ApiRequest } from "./answer";
import { Cloud } from "./cloud";

/** Answers one request from the state, and changes it; what takes time becomes an action. @throws ApiError */
export type Handler = (cloud: Cloud, request: ApiRequest) => ApiAnswer;

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** As in the API's description: `/servers/{id}/actions/poweron`. */
  path: string;
  handle: Handler;
}

/** The route of a request, and what else its path answers to. */
export interface Match {
  route?: Route;
  ids: Record<string, number>;
  /** The path is known, with whatever method. */
  known: boolean;
}

/** Finds the route; words win over ids, so that `/servers/actions` is no server. */
export function findRoute(routes: Route[], method: string, path: string): Match {
  const matches = routes
    .map((route) => ({ route, ids: idsIn(route.path, path) }))
    .filter((match): match is { route: Route; ids: Record<string, number> } => match.ids !== undefined);
  const fewest = Math.min(...matches.map(({ ids }) => Object.keys(ids).length));
  const nearest = matches.filter(({ ids }) => Object.keys(ids).length === fewest);
  const found = nearest.find(({ route }) => route.method === method);
  return { route: found?.route, ids: found?.ids ?? {}, known: nearest.length > 0 };
}

function idsIn(pattern: string, path: string): Record<string, number> | undefined {
  const wanted = pattern.split("/");
  const words = path.split("/");
  if (wanted.length !== words.length) return undefined;
  const ids: Record<string, number> = {};
  for (const [at, word] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(word)?.[1];
    if (name === undefined ? word !== words[at] : !/^\d+$/.test(words[at])) return undefined;
    if (name !== undefined) ids[name] = Number(words[at]);
  }
  return ids;
}
