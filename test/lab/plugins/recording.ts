import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as language from "@pulumi/pulumi/proto/language_pb";
import * as provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { ask } from "./plugin";

type Json = Record<string, any>;

/** One call of a run with the official plugins: what the engine asked, and what it got. */
export interface Recorded {
  /** Which run it is from. */
  run: string;
  method: string;
  request: Json;
  response?: Json;
  errors?: string[];
}

export const readRecording = (name: string): Recorded[] =>
  readFileSync(join(__dirname, "../../fixtures/recordings", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);

const REQUESTS: Record<string, () => unknown> = {
  GetPluginInfo: () => new Empty(),
  About: () => new language.AboutRequest(),
  GetRequiredPackages: () => new language.GetRequiredPackagesRequest(),
  Run: () => new language.RunRequest(),
  CheckConfig: () => new provider.CheckRequest(),
  DiffConfig: () => new provider.DiffRequest(),
  Configure: () => new provider.ConfigureRequest(),
  Check: () => new provider.CheckRequest(),
  Diff: () => new provider.DiffRequest(),
  Create: () => new provider.CreateRequest(),
  Read: () => new provider.ReadRequest(),
  Update: () => new provider.UpdateRequest(),
  Delete: () => new provider.DeleteRequest(),
};

/** Members of requests and answers that are free-form objects. */
const STRUCTS = ["olds", "news", "oldInputs", "args", "properties", "inputs", "options"];
const MAPS = ["variables", "config"];

/** Makes a recorded call; the outcome is in the words of the recordings, which leave out what is empty or false. */
export async function replay(
  client: grpc.Client,
  { method, request }: Pick<Recorded, "method" | "request">,
): Promise<Pick<Recorded, "response" | "errors">> {
  try {
    const message = requestOf(method, request);
    return { response: recorded(await ask(client, method[0].toLowerCase() + method.slice(1), message)) };
  } catch (error) {
    if (!(error as grpc.ServiceError).code) throw error;
    const { code, details } = error as grpc.ServiceError;
    return { errors: [`rpc error: code = ${CODES[code]} desc = ${details}`] };
  }
}

/** A request in its protobuf. */
export const requestOf = (method: string, request: Json): unknown => fill(REQUESTS[method](), request);

const CODES: Record<number, string> = {
  [grpc.status.UNKNOWN]: "Unknown",
  [grpc.status.UNIMPLEMENTED]: "Unimplemented",
  [grpc.status.DEADLINE_EXCEEDED]: "DeadlineExceeded",
  [grpc.status.CANCELLED]: "Canceled",
};

function fill<Message>(message: Message, values: Json): Message {
  const methods = methodsOf(message);
  for (const [name, value] of Object.entries(values)) {
    if (MAPS.includes(name)) {
      const map = methods[`get${name}map`]();
      for (const [key, item] of Object.entries(value)) map.set(key, item);
    } else if (name === "info") methods.setinfo(fill(new language.ProgramInfo(), value));
    else {
      const set = methods[`set${name.toLowerCase()}`] ?? methods[`set${name.toLowerCase()}list`];
      set(STRUCTS.includes(name) ? Struct.fromJavaScript(value) : value);
    }
  }
  return message;
}

/** A message's accessors by their names in small letters: generators differ in how they write them. */
function methodsOf(message: any): Record<string, Function> {
  return Object.fromEntries(
    Object.getOwnPropertyNames(Object.getPrototypeOf(message)).map((name) => [
      name.toLowerCase(),
      (...args: unknown[]) => message[name](...args),
    ]),
  );
}

const ANSWERS = [
  ...["version", "executable", "inputs", "failures", "changes", "diffs", "replaces", "stables"],
  ...[
    "deleteBeforeReplace",
    "detailedDiff",
    "hasDetailedDiff",
    "id",
    "properties",
    "metadata",
    "error",
    "bail",
  ],
  ...["acceptSecrets", "supportsPreview", "acceptResources", "acceptOutputs"],
];

function recorded(response: any): Json {
  const methods = methodsOf(response);
  const read = (name: string) =>
    (methods[`get${name.toLowerCase()}`] ?? methods[`get${name.toLowerCase()}list`] ?? (() => undefined))();
  const entries = ANSWERS.map((name): [string, unknown] => {
    if (name === "metadata" || name === "detailedDiff") {
      const entries: [string, unknown][] = [];
      methods[`get${name.toLowerCase()}map`]?.().forEach((value: unknown, key: string) =>
        entries.push([key, plain(value)]),
      );
      return [name, Object.fromEntries(entries)];
    }
    const value = read(name);
    if (name === "changes") return [name, CHANGES[value as number]];
    if (name === "failures") return [name, value?.map((failure: any) => failure.toObject())];
    return [name, value instanceof Struct ? value.toJavaScript() : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => !isEmpty(value)));
}

const CHANGES = ["DIFF_UNKNOWN", "DIFF_NONE", "DIFF_SOME"];
const KINDS = ["ADD", "ADD_REPLACE", "DELETE", "DELETE_REPLACE", "UPDATE", "UPDATE_REPLACE"];

/** A member of a map: text, or how a property differs. */
function plain(value: any): unknown {
  if (typeof value === "string") return value;
  const kind = KINDS[value.getKind()];
  return { ...(kind === "ADD" ? {} : { kind }), ...(value.getInputdiff() ? { inputDiff: true } : {}) };
}

function isEmpty(value: unknown): boolean {
  if (!value) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.keys(value).length === 0;
}
