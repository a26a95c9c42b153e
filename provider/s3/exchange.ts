import { sign } from "aws4";
import { request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as requestHttps } from "node:https";
import { type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SILENT } from "./errors";

/** A bucket of S3-compatible storage, and who may use it. */
export interface S3Target {
  /** Such as https://fsn1.your-objectstorage.com; https, or http to this very box. */
  endpoint: string;
  bucket: string;
  /** What the keys of all objects begin with, without / at its ends; "" for none. */
  prefix: string;
  /** What signatures are made for. */
  region: string;
  accessKey: string;
  secretKey: string;
}

export interface Request {
  method: "GET" | "PUT" | "DELETE";
  /** Of an object; the bucket itself where left out. */
  key?: string;
  query?: Record<string, string>;
  headers?: OutgoingHttpHeaders;
  /**
   * Opened when the server lets it come, and not for one that refuses it. Its length in bytes is not signed: what is in
   * between may say it in another way.
   */
  body?: { open: () => Readable; length: number };
  signal?: AbortSignal;
}

/** Milliseconds without a byte either way after which a server is taken for silent. */
const SILENCE = 30_000;
/** Milliseconds for a server to let a body come; many know nothing of that and wait for it. */
const CONSENT = 2_000;

/**
 * One signed request (AWS Signature Version 4), the bucket in the path: certificates and names of every server fit that.
 * @returns the answer, whatever its status; its body is to be read or destroyed
 * @throws an error of Node's where there is no answer
 */
export async function exchange(target: S3Target, request: Request): Promise<IncomingMessage> {
  const { method, key, query, headers, body, signal } = request;
  const url = new URL(target.endpoint);
  const parts = [url.pathname.replace(/\/+$/, ""), target.bucket, ...(key === undefined ? [] : [key])];
  const search = query ? `?${new URLSearchParams(query).toString().replace(/\+/g, "%20")}` : "";
  const signed = sign(
    {
      ...{ service: "s3", region: target.region, method, path: parts.join("/") + search },
      headers: { Host: url.host, ...headers },
    },
    { accessKeyId: target.accessKey, secretAccessKey: target.secretKey },
  );
  const isSafe = url.protocol === "https:";
  const outgoing = (isSafe ? requestHttps : requestHttp)({
    ...{ hostname: url.hostname.replace(/^\[|\]$/g, ""), port: url.port || undefined },
    ...{ method, path: signed.path, timeout: SILENCE, signal },
    // With Expect, who must not write hears of it before gigabytes are on their way.
    headers: { ...signed.headers, ...(body && { "Content-Length": body.length, Expect: "100-continue" }) },
  });
  return await new Promise<IncomingMessage>((resolve, reject) => {
    let isOnItsWay = false;
    const send = () => {
      if (isOnItsWay || !body) return;
      isOnItsWay = true;
      pipeline(body.open(), outgoing, { signal }).catch(reject);
    };
    const consent = setTimeout(send, CONSENT);
    outgoing
      .on("continue", send)
      .on("timeout", () =>
        outgoing.destroy(Object.assign(new Error("the server is silent"), { code: SILENT })),
      )
      .on("error", reject)
      .on("close", () => clearTimeout(consent))
      .on("response", (answer) => {
        clearTimeout(consent);
        isOnItsWay = true;
        resolve(answer);
      });
    if (body) outgoing.flushHeaders();
    else outgoing.end();
  });
}
