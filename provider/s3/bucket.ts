import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type IncomingMessage } from "node:http";
import { type Readable } from "node:stream";
import { Clock, systemClock } from "../clock";
import { retryWhilePassing } from "../retry";
import { NO_S3, refused, S3Error, unreached } from "./errors";
import { exchange, type Request, type S3Target } from "./exchange";
import { Listed, readPage, readRefusal } from "./xml";

export interface BucketOptions {
  signal?: AbortSignal;
  /** For the pauses between attempts. */
  clock?: Clock;
}

/** The most that one PUT may have: 5 GB (Amazon S3 User Guide, "Uploading objects"). */
const LARGEST = 5 * 2 ** 30;
/** Pauses between attempts, and when there is no further one; milliseconds. */
const RETRY = { first: 500, longest: 8_000, total: 60_000 };
/** Bytes that are read of an error, or of a page of a list: a thousand keys of 1 kB each fit. */
const LONGEST_ANSWER = 8 * 2 ** 20;

/**
 * Objects of a bucket of S3-compatible storage. Each call may be repeated without harm, and is while what stops it can pass.
 * They all throw S3Error.
 */
export class Bucket {
  constructor(
    private readonly target: S3Target,
    private readonly options: BucketOptions = {},
  ) {}

  /** All whose keys begin with `start`. */
  async list(start: string): Promise<Listed[]> {
    const all: Listed[] = [];
    for (let next: string | undefined = ""; next !== undefined;) {
      const query: Record<string, string> = {
        ...{ "list-type": "2", prefix: start },
        ...(next === "" ? {} : { "continuation-token": next }),
      };
      const page = await this.retrying(async () => {
        const read = readPage(await wholeText(await this.call({ method: "GET", query })));
        return read ?? this.fail({ code: NO_S3, why: "what it lists is no list of S3's", passes: false });
      });
      all.push(...page.objects);
      if (page.next === next) this.fail({ code: NO_S3, why: "its list has no end", passes: false });
      next = page.next;
    }
    return all;
  }

  /**
   * Uploads a file that nobody changes, whole or not at all: the server refuses what has not this length, SHA-256 and
   * MD5. It is read twice and never held in memory.
   */
  async put(key: string, path: string): Promise<void> {
    const { size } = await stat(path);
    if (size > LARGEST) this.fail(refused(400, { code: "EntityTooLarge", message: "" }, undefined));
    const [sha256, md5] = [createHash("sha256"), createHash("md5")];
    for await (const chunk of createReadStream(path)) {
      sha256.update(chunk as Buffer);
      md5.update(chunk as Buffer);
    }
    const headers = {
      "Content-Type": "application/octet-stream",
      "Content-MD5": md5.digest("base64"),
      "X-Amz-Content-Sha256": sha256.digest("hex"),
    };
    await this.retrying(async () => {
      let stream: Readable | undefined;
      const body = { open: () => (stream = createReadStream(path)), length: size };
      try {
        await wholeText(await this.call({ method: "PUT", key, headers, body }));
      } finally {
        stream?.destroy();
      }
    });
  }

  /**
   * @param take reads the object; it is called anew where the connection breaks off
   */
  get<T>(key: string, take: (content: Readable) => Promise<T>): Promise<T> {
    return this.retrying(async () => {
      const answer = await this.call({ method: "GET", key });
      try {
        return await take(answer);
      } finally {
        answer.on("error", () => {}).destroy();
      }
    });
  }

  async delete(key: string): Promise<void> {
    await this.retrying(async () => wholeText(await this.call({ method: "DELETE", key }))).catch((error) => {
      if (!(error instanceof S3Error && error.code === "NoSuchKey")) throw error; // S3 itself says nothing of it
    });
  }

  /** As messages name it. */
  get name(): string {
    return `the bucket ${this.target.bucket} at ${this.target.endpoint}`;
  }

  private async call(request: Request): Promise<IncomingMessage> {
    const answer = await exchange(this.target, { ...request, signal: this.options.signal });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    const date = Date.parse(answer.headers.date ?? "");
    const ahead = Number.isNaN(date) ? undefined : Date.now() - date;
    const body = await wholeText(answer).catch(() => ""); // the status says enough
    this.fail(refused(status, readRefusal(body), ahead));
  }

  private fail({ code, why, passes }: { code: string; why: string; passes: boolean }): never {
    throw new S3Error(code, `${this.name}: ${why}`, passes);
  }

  private retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock = systemClock, signal } = this.options;
    const explained = async () => {
      try {
        return await attempt();
      } catch (error) {
        const why = unreached(error);
        if (why && !signal?.aborted) this.fail(why);
        throw error;
      }
    };
    const passes = (error: unknown) => error instanceof S3Error && error.passes;
    return retryWhilePassing(explained, { ...RETRY, clock, signal, passes });
  }
}

async function wholeText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > LONGEST_ANSWER) throw new Error(`an answer of more than ${LONGEST_ANSWER} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
