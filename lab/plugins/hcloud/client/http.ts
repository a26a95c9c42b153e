import { request as plain, RequestOptions } from "node:http";
import { request as encrypted } from "node:https";
import { reasonOf } from "./pause";

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface HttpRequest {
  method: string;
  url: string;
  token: string;
  /** JSON. */
  body?: string;
  signal: AbortSignal;
}

/** There was no answer. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    /** hcloud-go repeats what took too long, and nothing else. */
    readonly timedOut: boolean,
  ) {
    super(message);
  }
}

/** One request over a connection of its own. @throws NoAnswer */
export function send({ method, url, token, body, signal }: HttpRequest): Promise<HttpAnswer> {
  const headers: Record<string, string> = {
    Authorization: `Bearer ${token}`,
    "User-Agent": "hcloud-terraform/rehearsal-lab",
    ...(body === undefined
      ? {}
      : { "Content-Type": "application/json", "Content-Length": `${Buffer.byteLength(body)}` }),
  };
  const options: RequestOptions = { method, headers, agent: false, signal };
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(
        new NoAnswer(`${verb(method)} "${url}": ${reason(error, url, signal)}`, error.code === "ETIMEDOUT"),
      );
    const sent = (url.startsWith("https:") ? encrypted : plain)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sent.on("error", fail);
    sent.end(body);
  });
}

/** Methods as Go's errors write them. */
const verb = (method: string) => method[0] + method.slice(1).toLowerCase();

function reason(error: NodeJS.ErrnoException, url: string, signal: AbortSignal): string {
  if (signal.aborted) return reasonOf(signal);
  const { hostname, port } = new URL(url);
  if (error.code === "ECONNREFUSED") return `dial tcp ${hostname}:${port}: connect: connection refused`;
  return error.code === "ECONNRESET" ? "EOF" : error.message;
}
