import { createServer, IncomingMessage } from "node:http";
import { AddressInfo } from "node:net";

/** One answer; "drop" closes the connection without any, "hang" never answers. */
export type Answer = "drop" | "hang" | { status?: number; headers?: Record<string, string>; body?: unknown };

export interface Asked {
  method: string;
  /** Without /v1, with the query. */
  path: string;
  authorization?: string;
  body?: unknown;
}

/** An API of the test's own on 127.0.0.1. */
export interface ApiServer {
  endpoint: string;
  /** All that was asked, in its order. */
  asked: Asked[];
  /** Decides on the answers. */
  answer: (asked: Asked) => Answer | undefined;
  stop(): Promise<void>;
}

export async function startApi(answer: ApiServer["answer"] = () => undefined): Promise<ApiServer> {
  const server = createServer(async (request, response) => {
    const asked = await read(request);
    api.asked.push(asked);
    const chosen = api.answer(asked) ?? error(404, "not_found", "no such thing");
    if (chosen === "hang") return;
    if (chosen === "drop") return void request.socket.destroy();
    const { status = 200, headers = {}, body } = chosen;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api: ApiServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    answer,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return api;
}

export function error(status: number, code: string, message = code, headers = {}, details?: unknown): Answer {
  return { status, headers, body: { error: { code, message, details } } };
}

/** These one after the other, the last one for ever. */
export function oneByOne(...answers: Answer[]): ApiServer["answer"] {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)];
}

/** A list of the API, all on one page. */
export function listed(kind: string, objects: readonly unknown[]): Answer {
  const pagination = { page: 1, per_page: 50, previous_page: null, next_page: null, last_page: 1 };
  return {
    body: { [kind]: objects, meta: { pagination: { ...pagination, total_entries: objects.length } } },
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return {
    method: request.method!,
    path: request.url!.replace(/^\/v1/, ""),
    authorization: request.headers.authorization,
    ...(text ? { body: JSON.parse(text) } : {}),
  };
}
