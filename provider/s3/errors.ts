import { printableLine } from "../printable";
import { Refusal } from "./xml";

/** Something of S3-compatible storage did not work; the message has bucket, endpoint and cause, and never a key. */
export class S3Error extends Error {
  /**
   * @param code S3's ("Error responses" in the Amazon S3 API Reference), Node's of a connection, or one of ours
   * @param passes whether it may be otherwise a moment later
   */
  constructor(
    readonly code: string,
    message: string,
    readonly passes = false,
  ) {
    super(message);
    this.name = "S3Error";
  }
}

/** Of ours: there was an answer, and none of S3's. */
export const NO_S3 = "NoS3";
/** Of ours: silence for too long. */
export const SILENT = "Silent";

const set = (key: string) => `pulumi config set --secret --path kluster:snapshots.s3.${key}`;

/** What it means, and what to do, by S3's codes. */
const MEANINGS: Record<string, string> = {
  InvalidAccessKeyId: `the access key is not known there: ${set("accessKey")}`,
  SignatureDoesNotMatch: `the secret key is not that of the access key: ${set("secretKey")}`,
  AccessDenied: "the access key must not do this there (it must list, read, write and delete)",
  NoSuchBucket:
    "there is no such bucket; make it, or name another: pulumi config set --path kluster:snapshots.s3.bucket",
  QuotaExceeded: "there is no room left",
  EntityTooLarge: "the snapshot is larger than 5 GB, the most that is uploaded in one piece",
};

const PASSING = new Set(["SlowDown", "InternalError", "RequestTimeout", "OperationAborted"]);

/**
 * Why S3 has refused something.
 * @param status of HTTP
 * @param refusal undefined where the answer was not S3's
 * @param ahead milliseconds that this box's clock is ahead of the server's; undefined where it does not tell
 */
export function refused(
  status: number,
  refusal: Refusal | undefined,
  ahead: number | undefined,
): { code: string; why: string; passes: boolean } {
  const passes = status >= 500 || status === 429 || PASSING.has(refusal?.code ?? "");
  if (!refusal) {
    const why = `HTTP status ${status}, and not a word that S3 would say; see whether the endpoint is right`;
    return { code: NO_S3, why, passes };
  }
  const { code, message, region } = refusal;
  const said = `${code}${message === "" ? "" : `: ${printableLine(message)}`}`;
  const meaning =
    code === "RequestTimeTooSkewed"
      ? clocks(ahead)
      : region !== undefined && /Malformed|Redirect/.test(code)
        ? `the region is ${printableLine(region, 40)}: pulumi config set --path kluster:snapshots.s3.region ${printableLine(region, 40)}`
        : MEANINGS[code];
  return { code, why: meaning ? `${meaning} (${said})` : said, passes };
}

function clocks(ahead: number | undefined): string {
  if (ahead === undefined) return "the clock of this box is wrong, or the server's";
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  return `the clock of this box is ${minutes} minutes ${ahead > 0 ? "ahead of" : "behind"} the server's; set it right (timedatectl)`;
}

const CONNECTIONS: Record<string, { why: string; passes: boolean }> = {
  ENOTFOUND: { why: "its name is not known; see whether this box is online", passes: false },
  EAI_AGAIN: { why: "its name could not be looked up; see whether this box is online", passes: true },
  ECONNREFUSED: { why: "it refuses connections", passes: false },
  ECONNRESET: { why: "the connection was broken off", passes: true },
  EPIPE: { why: "the connection was broken off", passes: true },
  ETIMEDOUT: { why: "it does not answer", passes: true },
  EHOSTUNREACH: { why: "there is no way to it", passes: true },
  ENETUNREACH: { why: "there is no way to it; see whether this box is online", passes: true },
  [SILENT]: { why: "it does not answer", passes: true },
};

/** Why there was no answer; undefined where the error is not one of a connection. */
export function unreached(error: unknown): { code: string; why: string; passes: boolean } | undefined {
  const { code = "", message = "" } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (CONNECTIONS[code]) return { code, ...CONNECTIONS[code] };
  // OpenSSL's and Node's names for what is wrong with a certificate or with TLS.
  if (/CERT|^ERR_(TLS|SSL)|^EPROTO$|SELF_SIGNED|^UNABLE_TO|^HPE_/.test(code))
    return { code, why: `no safe connection: ${printableLine(message)}`, passes: false };
  return undefined;
}
