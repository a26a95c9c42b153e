import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Json = Record<string, any>;

export type Method = "CheckConfig" | "Check" | "Diff" | "Create" | "Read" | "Update" | "Delete";

/** A call of Pulumi's engine, and what pulumi-resource-hcloud 1.41.0 answered. */
export interface Recorded {
  /** Which of the runs one after the other it is of. */
  run?: string;
  method: Method;
  request: Json;
  response?: Json;
  errors?: string[];
}

/** What test/fixtures/recordings/hcloud has of this name. */
export const recordings = (name: "pure" | "bare" | "kluster"): Recorded[] =>
  readFileSync(join(__dirname, "../../../fixtures/recordings/hcloud", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);

/** The name of a call in a test's. */
export const nameOf = ({ method, request }: Recorded): string =>
  `${method} ${request.type.split(":").pop()} ${request.urn.split("::").pop()}`;
