import { isIP } from "node:net";
import { type IsPlain } from "./plain-text";
import { isTable, type Section } from "./section";

/** A bucket of S3-compatible storage, and who may use it. */
export interface S3Settings {
  /** URL with https, or with http to this very box; no / at its end. */
  endpoint: string;
  bucket: string;
  /** What all keys begin with, without / at its ends; "" for none. */
  prefix: string;
  region: string;
  /** In plain text, as the next: wrap them before they go anywhere. */
  accessKey: string;
  secretKey: string;
}

const KEY = "s3";
const KNOWN = ["endpoint", "bucket", "prefix", "region", "accessKey", "secretKey"];
const SECRET = "text that Pulumi keeps encrypted";
const EXAMPLE = "https://fsn1.your-objectstorage.com";
/** Amazon S3 User Guide, "Bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** The plainest of the characters that every server takes in a key. */
const PREFIX = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;

/**
 * Reads in which bucket snapshots are kept as well, and reports what is wrong with that. No message shows a key, nor a
 * URL that may have one in it.
 */
export function readS3(snapshots: Section, stack: string, isPlain: IsPlain): S3Settings | undefined {
  if (!snapshots.has(KEY)) return undefined;
  if (!isTable(snapshots.structured(KEY))) {
    const next = `${snapshots.remove(KEY)}, then give each by itself, such as: pulumi config set --stack ${stack} --path kluster:snapshots.s3.endpoint ${EXAMPLE}`;
    snapshots.refuse(KEY, {
      value: undefined,
      what: "not a table",
      allowed: `a table of ${KNOWN.join(", ")}`,
      next,
    });
    return undefined;
  }
  const table = snapshots.table(KEY, KNOWN.join(", "))!;
  table.onlyKnown(KNOWN);
  const endpoint = readEndpoint(table);
  const bucket = readText(table, "bucket", {
    allowed: "3 to 63 lower-case letters, digits, - and ., a letter or digit at both ends",
    example: "my-bucket",
    mistake: (text) => (BUCKET.test(text) ? undefined : "not the name of a bucket"),
  });
  const prefix = table.has("prefix")
    ? readText(table, "prefix", {
        allowed: "names of letters, digits, -, _ and ., with / between them",
        example: stack,
        mistake: (text) =>
          PREFIX.test(trimmed(text)) && !/(^|\/)\.\.?(\/|$)/.test(trimmed(text))
            ? undefined
            : "not what every S3 takes",
      })
    : "";
  const region = table.has("region")
    ? readText(table, "region", {
        allowed: "the server's name for it: letters, digits and -",
        example: "us-east-1",
        mistake: (text) => (/^[A-Za-z0-9-]{1,64}$/.test(text) ? undefined : "not the name of a region"),
      })
    : undefined;
  const secret = (key: string) => readSecretText(table, key, stack, isPlain);
  const [accessKey, secretKey] = [secret("accessKey"), secret("secretKey")];
  if (endpoint === undefined || bucket === undefined || prefix === undefined) return undefined;
  if (accessKey === undefined || secretKey === undefined) return undefined;
  return {
    ...{ endpoint, bucket, prefix: trimmed(prefix) },
    ...{ region: region ?? regionOf(new URL(endpoint).hostname), accessKey, secretKey },
  };
}

const trimmed = (prefix: string) => prefix.replace(/^\/+|\/+$/g, "");

/** The region where none is given: that in Hetzner's and Amazon's names, otherwise what servers take that have none. */
export function regionOf(hostname: string): string {
  const [, hetzner] = /^([a-z0-9]+)\.your-objectstorage\.com$/.exec(hostname) ?? [];
  const [, amazon] = /^s3[.-]([a-z0-9-]+)\.amazonaws\.com$/.exec(hostname) ?? [];
  return hetzner ?? amazon ?? "us-east-1";
}

function readEndpoint(table: Section): string | undefined {
  const endpoint = readText(table, "endpoint", {
    allowed: `a URL with https, such as ${EXAMPLE}; http only to this very box (127.0.0.1, ::1, localhost)`,
    example: EXAMPLE,
    mistake: endpointMistake,
    isShown: (text) => !text.includes("@"),
  });
  return endpoint?.replace(/\/+$/, "");
}

/** What is wrong with a server's address; undefined where nothing is. */
export function endpointMistake(text: string): string | undefined {
  if (!URL.canParse(text)) return "not a URL";
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (protocol === "http:" && !isLoopback(hostname)) return "http, and not to this very box";
  if (protocol !== "https:" && protocol !== "http:") return "not a URL with https";
  if (username !== "" || password !== "") return "keys are not part of it";
  if (search !== "" || hash !== "" || text.includes("?") || text.includes("#"))
    return "more than a server and a path";
  return undefined;
}

/** Of a URL. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."))
  );
}

/** A text that is there and has no mistake. */
function readText(
  table: Section,
  key: string,
  {
    allowed,
    example,
    mistake,
    isShown = () => true,
  }: {
    allowed: string;
    example: string;
    mistake: (text: string) => string | undefined;
    isShown?: (text: string) => boolean;
  },
): string | undefined {
  const written = table.raw(key);
  // A bucket named 4711, written without quotes, comes as a number.
  const text = typeof written === "number" ? String(written) : written;
  const what = text === undefined ? "missing" : typeof text !== "string" ? "not text" : mistake(text);
  if (what === undefined) return text as string;
  const value = typeof text === "string" && isShown(text) ? text : undefined;
  table.refuse(key, { value, what, allowed, next: table.set(key, example) });
  return undefined;
}

function readSecretText(table: Section, key: string, stack: string, isPlain: IsPlain): string | undefined {
  const set = `pulumi config set --stack ${stack} --secret --path kluster:snapshots.s3.${key}`;
  const refuse = (what: string, next = set) =>
    void table.refuse(key, { value: undefined, what, allowed: SECRET, next });
  const value = table.raw(key);
  if (value === undefined) return refuse("missing");
  if (isPlain([...table.path, key]))
    return refuse("in plain text, for everybody who sees this file", `make other keys, then: ${set}`);
  if (typeof value !== "string" || value === "") return refuse(value === "" ? "empty" : "not text");
  if (!/^[\x21-\x7e]+$/.test(value)) return refuse("with a space, a line's end or another strange character");
  return value;
}
