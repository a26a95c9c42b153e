import type { Checked } from "../provider";
import { isObject, isSecret, Properties, reveal, secret, UNKNOWN } from "../values";

type Kind = "text" | "number" | "flag" | "texts" | "textMap" | "anything";

const common: Record<string, Kind> = {
  create: "text",
  update: "text",
  delete: "text",
  stdin: "text",
  logging: "text",
  environment: "textMap",
  triggers: "anything",
  addPreviousOutputInEnv: "flag",
};
const local: Record<string, Kind> = { ...common, dir: "text", interpreter: "texts" };
const remote: Record<string, Kind> = { ...common, connection: "anything" };
const connection: Record<string, Kind> = {
  host: "text",
  user: "text",
  port: "number",
  privateKey: "text",
  hostKey: "text",
  agentSocketPath: "text",
  dialErrorLimit: "number",
  perDialTimeout: "number",
};

const CONNECTION_DEFAULTS = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

/** What the official plugin has in these places, and the stand-in not. */
const LACKING = new Set([
  ...["assetPaths", "archivePaths"],
  ...["connection.proxy", "connection.password", "connection.privateKeyPassword"],
]);

const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"];

/** Judges the inputs of a local.Command. */
export const checkLocal = (news: Properties): Checked => ({
  inputs: news,
  failures: failuresOf(news, local),
});

/** Judges the inputs of a remote.Command; its connection and the key in it become secrets. */
export function checkRemote(news: Properties): Checked {
  const failures = failuresOf(news, remote);
  if (news.connection === undefined)
    return { inputs: news, failures: [...failures, { property: "connection", reason: "is missing" }] };
  const given = isSecret(news.connection) ? news.connection.value : news.connection;
  if (!isObject(given)) return { inputs: { ...news, connection: secret(given) }, failures };
  const filled: Properties = { ...CONNECTION_DEFAULTS, ...given };
  if (filled.privateKey !== undefined) filled.privateKey = secret(filled.privateKey);
  failures.push(...failuresOf(filled, connection, "connection."));
  if (filled.host === undefined) failures.push({ property: "connection.host", reason: "is missing" });
  return { inputs: { ...news, connection: secret(filled) }, failures };
}

function failuresOf(given: Properties, known: Record<string, Kind>, prefix = "") {
  return Object.entries(given).flatMap(([name, value]) => {
    const reason = faultOf(`${prefix}${name}`, reveal(value), known[name]);
    return reason ? [{ property: `${prefix}${name}`, reason }] : [];
  });
}

function faultOf(property: string, value: unknown, kind: Kind | undefined): string | undefined {
  if (LACKING.has(property)) return "the lab's stand-in of the command plugin does not have this";
  if (kind === undefined) return "there is no such input";
  if (value === UNKNOWN || FITS[kind](value))
    return property === "logging" && value !== UNKNOWN && !LOGGING.includes(value as string)
      ? `is none of ${LOGGING.join(", ")}`
      : undefined;
  return `should be ${WORDS[kind]}`;
}

const isText = (value: unknown) => typeof value === "string";

const FITS: Record<Kind, (value: unknown) => boolean> = {
  text: isText,
  number: (value) => typeof value === "number",
  flag: (value) => typeof value === "boolean",
  texts: (value) => Array.isArray(value) && value.every(isText),
  textMap: (value) => isObject(value) && Object.values(value).every(isText),
  anything: () => true,
};

const WORDS: Record<Kind, string> = {
  text: "text",
  number: "a number",
  flag: "true or false",
  texts: "a list of texts",
  textMap: "texts by name",
  anything: "anything",
};
