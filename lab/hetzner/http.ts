import { createServer, IncomingMessage, Server, ServerResponse } from "node:http";
import { Api } from "./api";
import { Cloud } from "./cloud";
import { control } from "./control";
import { metadataAnswer } from "./metadata";

/** Where the API begins, as in the real one's address. */
const BASE = "/v1";

/** The API over HTTP; nothing but translation happens here. */
export function httpServer(api: Api): Server {
  return createServer((request, response) => {
    respond(api, request, response).catch((error: Error) => {
      process.stderr.write(`hetzner (rehearsal lab): ${error.stack ?? error.message}\n`);
      if (!response.headersSent) sendJson(response, 500, serverError(error), {});
    });
  });
}

/** The metadata service of all servers, which knows them by their address. */
export function metadataServer(cloud: Cloud): Server {
  return createServer((request, response) => {
    const answer = metadataAnswer(cloud, request.socket.remoteAddress ?? "", request.url ?? "");
    response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "text/plain; charset=utf-8" });
    response.end(answer ?? "not found\n");
  });
}

async function respond(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const body = await read(request);
  if (url.startsWith("/_")) {
    const answer = control(api, method, new URL(url, "http://lab"), body);
    if (typeof answer.body === "string")
      response.writeHead(answer.status, { "Content-Type": "text/plain; charset=utf-8" }).end(answer.body);
    else sendJson(response, answer.status, answer.body, {});
    return;
  }
  const path = url.startsWith(`${BASE}/`) ? url.slice(BASE.length) : "/";
  const answer = await api.answer({ method, path, authorization: request.headers.authorization, body });
  if (answer) sendJson(response, answer.status, answer.body, answer.headers);
  else request.socket.destroy();
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): void {
  if (body === undefined) response.writeHead(status, headers).end();
  else
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** A fault of the lab itself, which must not look like one of Hetzner's. */
const serverError = (error: Error) => ({
  error: { code: "server_error", message: `fault of the rehearsal lab: ${error.message}`, details: null },
});
