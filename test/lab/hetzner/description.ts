import Ajv2020 from "ajv/dist/2020";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Json = Record<string, any>;

const FILE =
  process.env.KLUSTER_HCLOUD_OPENAPI ??
  join(__dirname, "..", "..", "..", "..", "shared", "hetzner", "hcloud-openapi.json");

/** Whether the API's description is here to compare with. */
export const isDescribed = existsSync(FILE);

/** What is wrong with a request or an answer, by the API's description; nothing where that is not here. */
export interface Description {
  /** Paths with their methods, `GET /servers/{id}`. */
  operations(): string[];
  request(operation: string, body: unknown): string[];
  answer(operation: string, status: number, body: unknown): string[];
}

/** Reads the description, brings it up to date and makes it strict: what it does not name must not be there. */
export function readDescription(): Description | undefined {
  if (!isDescribed) return undefined;
  const document = JSON.parse(readFileSync(FILE, "utf8")) as Json;
  bringUpToDate(document);
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  for (const format of ["int32", "int64", "double"]) ajv.addFormat(format, true);
  ajv.addFormat("decimal", /^-?\d+(\.\d+)?$/);
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  ajv.addSchema({ $id: "hcloud", ...(translate(document) as Json) });
  const check = (pointer: string[], value: unknown): string[] => {
    const escaped = pointer.map((part) => encodeURIComponent(part.replace(/~/g, "~0").replace(/\//g, "~1")));
    const validate = ajv.getSchema(`hcloud#/${escaped.join("/")}`);
    if (!validate) return [`the description has no ${pointer.join(" ")}`];
    return validate(value) ? [] : validate.errors!.map((error) => describeError(error as unknown as Json));
  };
  const find = (operation: string) => {
    const [method, path] = operation.split(" ");
    return {
      place: ["paths", path, method.toLowerCase()],
      details: document.paths[path]?.[method.toLowerCase()],
    };
  };
  return {
    operations: () =>
      Object.entries(document.paths as Json).flatMap(([path, methods]) =>
        Object.keys(methods as Json)
          .filter((method) => ["get", "post", "put", "delete"].includes(method))
          .map((method) => `${method.toUpperCase()} ${path}`),
      ),
    request: (operation, body) =>
      check([...find(operation).place, "requestBody", "content", "application/json", "schema"], body),
    answer: (operation, status, body) => {
      const { place, details } = find(operation);
      if (!details) return [`the description has no ${operation}`];
      const key = [String(status), `${String(status)[0]}xx`].find((one) => one in details.responses);
      if (key === undefined) return [`the description has no status ${status} for ${operation}`];
      const content = details.responses[key].content;
      if (!content) return body === undefined ? [] : [`${operation} answers ${status} without a body`];
      return check([...place, "responses", key, "content", "application/json", "schema"], body);
    },
  };
}

const describeError = ({ instancePath, message, params }: Json) =>
  `${instancePath || "/"} ${message} ${JSON.stringify(params)}`;

/** Changes since the description's date (facts of the API's changelog, 2025-12-16 to 2026-10-01). */
function bringUpToDate(document: Json): void {
  visit(document, (schema) => {
    const properties = schema.properties as Json | undefined;
    if (!properties) return;
    // 2026-07-01: servers and Primary IPs have a location and no data center any more.
    if (properties.datacenter?.deprecated) {
      delete properties.datacenter;
      schema.required = (schema.required ?? []).filter((name: string) => name !== "datacenter");
    }
    // 2026-08-01: a Primary IP may be unassigned, and the type is asked for only with an assignee.
    if (properties.assignee_type?.enum && properties.assignee_id) {
      properties.assignee_type.enum.push("unassigned");
      if (!properties.id)
        schema.required = schema.required.filter((name: string) => name !== "assignee_type");
    }
  });
  // April 2026: availability and recommendation of server types by location.
  const location = document.components.schemas.server_type_location;
  location.properties.available = { type: "boolean" };
  location.properties.recommended = { type: "boolean" };
  location.required.push("available", "recommended");
  // hcloud-go waits for actions with a page and an order, which this list therefore answers with.
  document.components.schemas.get_multiple_actions_response.properties.meta = {
    $ref: "#/components/schemas/meta",
  };
}

function visit(value: unknown, each: (schema: Json) => void): void {
  if (Array.isArray(value)) value.forEach((item) => visit(item, each));
  else if (typeof value === "object" && value !== null) {
    each(value);
    Object.values(value).forEach((item) => visit(item, each));
  }
}

/** OpenAPI 3.0 to JSON Schema: `nullable` becomes a choice, objects that list their properties are closed. */
function translate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translate);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, example, ...schema } = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === "example" ? item : translate(item)]),
  ) as Json;
  const isSchema = typeof schema.properties === "object" && !("$ref" in schema);
  if (isSchema && schema.additionalProperties === undefined) schema.additionalProperties = false;
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}
