import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { type S3Target } from "../../provider/s3/exchange";

/** How a request is answered in place of what it asks for. */
export type Fault = { status: number; code?: string; body?: string } | "reset" | "half";

/**
 * A stand-in for S3, written after the Amazon S3 API Reference ("Authenticating Requests: Using the Authorization
 * Header", "PutObject", "ListObjectsV2", "Error responses"). It checks signatures by a computation of its own, clocks,
 * lengths and checksums; buckets are in the path.
 */
export class S3StandIn {
  readonly buckets = new Map<string, Map<string, Buffer>>([["kluster", new Map()]]);
  readonly accessKey = "AKIAEXAMPLE";
  readonly secretKey = "secret/of+the=stand-in";
  region = "us-east-1";
  /** Most keys in one answer. */
  page = 1000;
  /** Milliseconds that its clock is ahead. */
  ahead = 0;
  /** Whether it says that a body may come; not every server does. */
  consents = true;
  /** For the next requests, in their order; undefined for one that is answered well. */
  faults: (Fault | undefined)[] = [];
  /** Method and path of each request, headers in lower case. */
  readonly seen: { method: string; url: string; headers: IncomingMessage["headers"] }[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.answer(request, response, false));
    // Who may not write is told so before the body comes, as S3 does it.
    this.server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      void this.answer(request, response, true);
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  target(changes: Partial<S3Target> = {}): S3Target {
    const { endpoint, region, accessKey, secretKey } = this;
    return { endpoint, bucket: "kluster", prefix: "", region, accessKey, secretKey, ...changes };
  }

  /** Keys of the bucket, sorted. */
  keys(bucket = "kluster"): string[] {
    return [...this.buckets.get(bucket)!.keys()].sort();
  }

  put(key: string, content: string | Buffer = "other's"): void {
    this.buckets.get("kluster")!.set(key, Buffer.from(content));
  }

  private async answer(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const { method = "", url = "", headers } = request;
    this.seen.push({ method, url, headers });
    request.on("error", () => {}); // what did not come whole is nowhere
    response.setHeader("Date", new Date(Date.now() + this.ahead).toUTCString());
    response.sendDate = false;
    try {
      const fault = this.faults.shift();
      if (fault === "reset") return void request.socket.destroy();
      if (fault && fault !== "half") throw new Refused(fault.status, fault.code ?? "", "", fault.body);
      this.authenticate(request);
      const [path, query] = url.split("?");
      const [, bucketName, ...rest] = path.split("/").map(decodeURIComponent);
      const bucket = this.buckets.get(bucketName);
      if (!bucket) throw new Refused(404, "NoSuchBucket", "The specified bucket does not exist");
      const key = rest.join("/");
      if (method === "PUT") {
        if (waits && this.consents) response.writeContinue();
        bucket.set(key, await wholeBody(request, fault === "half"));
        response.writeHead(200).end();
      } else if (method === "DELETE") {
        bucket.delete(key);
        response.writeHead(204).end();
      } else if (key === "") {
        response
          .writeHead(200, { "Content-Type": "application/xml" })
          .end(this.list(bucket, bucketName, query));
      } else {
        const content = bucket.get(key);
        if (!content) throw new Refused(404, "NoSuchKey", "The specified key does not exist.");
        response.writeHead(200, { "Content-Length": content.length });
        if (fault !== "half") return void response.end(content);
        response.write(content.subarray(0, content.length / 2), () => request.socket.destroy());
      }
    } catch (error) {
      if (!(error instanceof Refused)) return void request.socket.destroy(); // it was broken off
      response.writeHead(error.status, { "Content-Type": "application/xml", Connection: "close" });
      response.end(error.body);
    }
  }

  private list(bucket: Map<string, Buffer>, name: string, query: string): string {
    const asked = new URLSearchParams(query);
    if (asked.get("list-type") !== "2") throw new Refused(501, "NotImplemented", "Only ListObjectsV2");
    const token = asked.get("continuation-token");
    const after = token === null ? "" : Buffer.from(token, "base64").toString();
    const prefix = asked.get("prefix") ?? "";
    const all = [...bucket.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = all.slice(0, this.page);
    const contents = page.map(
      (key) =>
        `<Contents><Key>${escaped(key)}</Key><LastModified>2026-11-28T12:00:00.000Z</LastModified>` +
        `<ETag>&quot;${createHash("md5").update(bucket.get(key)!).digest("hex")}&quot;</ETag>` +
        `<Size>${bucket.get(key)!.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    );
    const isTruncated = page.length < all.length;
    const next = isTruncated ? Buffer.from(page.at(-1)!).toString("base64") : "";
    return (
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
      `<Name>${name}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>` +
      `<MaxKeys>${this.page}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>` +
      (isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : "") +
      `${contents.join("")}</ListBucketResult>`
    );
  }

  private authenticate({ method = "", url = "", headers, rawHeaders }: IncomingMessage): void {
    const given =
      /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
        headers.authorization ?? "",
      );
    if (!given) throw new Refused(403, "AccessDenied", "Access Denied");
    const [, accessKey, day, region, signedHeaders, signature] = given;
    if (accessKey !== this.accessKey)
      throw new Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist");
    if (region !== this.region)
      throw new Refused(
        400,
        "AuthorizationHeaderMalformed",
        `The region '${region}' is wrong; expecting '${this.region}'`,
        undefined,
        `<Region>${this.region}</Region>`,
      );
    const time = String(headers["x-amz-date"]);
    const sent = Date.parse(
      time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"), // the basic format of ISO 8601
    );
    if (!(Math.abs(sent - Date.now() - this.ahead) <= 15 * 60_000))
      throw new Refused(403, "RequestTimeTooSkewed", "The difference between the request time is too large");
    const names = signedHeaders.split(";");
    const present = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    const needed = present.filter((name) => name === "host" || name.startsWith("x-amz-"));
    if (needed.some((name) => !names.includes(name)) || !names.includes("host"))
      throw new Refused(
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
      );
    const [path, query = ""] = url.split("?");
    const canonicalQuery = query
      .split("&")
      .filter((part) => part !== "")
      .map((part) =>
        part
          .split("=")
          .map((one) => encoded(decodeURIComponent(one)))
          .join("="),
      )
      .sort()
      .join("&");
    const canonical = [
      ...[method, path.split("/").map(decodeURIComponent).map(encoded).join("/"), canonicalQuery],
      ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`),
      ...["", signedHeaders, String(headers["x-amz-content-sha256"])],
    ].join("\n");
    const toSign = ["AWS4-HMAC-SHA256", time, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join(
      "\n",
    );
    const key = [day, region, "s3", "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${this.secretKey}`);
    if (day !== time.slice(0, 8) || hmac(key, toSign).toString("hex") !== signature)
      throw new Refused(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided",
      );
  }
}

class Refused extends Error {
  readonly body: string;

  constructor(
    readonly status: number,
    code: string,
    message: string,
    body?: string,
    more = "",
  ) {
    super(code);
    this.body =
      body ??
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped(message)}</Message>${more}<RequestId>4442587FB7D0A2F9</RequestId></Error>`;
  }
}

/** @param isCut whether the connection is broken off in its midst */
async function wholeBody(request: IncomingMessage, isCut: boolean): Promise<Buffer> {
  const length = request.headers["content-length"];
  if (length === undefined) throw new Refused(411, "MissingContentLength", "");
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    if (isCut) request.socket.destroy();
  }
  const body = Buffer.concat(chunks);
  if (body.length !== Number(length)) throw new Refused(400, "IncompleteBody", "");
  const claimed = request.headers["x-amz-content-sha256"];
  if (claimed !== "UNSIGNED-PAYLOAD" && claimed !== sha256(body))
    throw new Refused(400, "XAmzContentSHA256Mismatch", "");
  const md5 = request.headers["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64"))
    throw new Refused(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
  return body;
}

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const hmac = (key: Buffer | string, text: string) => createHmac("sha256", key).update(text).digest();
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
const escaped = (text: string) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
