import { isDeepStrictEqual } from "node:util";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A resource's properties as plain JavaScript, unknown values as {@link UNKNOWN}, secrets unwrapped. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what they are, each resource knows
export type Properties = Record<string, any>;

/** Stands for a value that only `pulumi up` will know; Pulumi's own sentinel (sdk/go/common/resource/plugin/rpc.go). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// Signature of special objects and the mark of a secret among them (sdk/go/common/resource/sig).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Whether any value inside is not yet known. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** Reads properties off the wire; secrets lose their wrapping, which {@link toStruct} puts on again. */
export function fromStruct(struct: Struct | undefined): Properties {
  return unwrap(struct?.toJavaScript() ?? {}) as Properties;
}

/** Writes properties to the wire, those named in `secrets` wrapped so that the engine encrypts and masks them. */
export function toStruct(properties: Properties, secrets: readonly string[] = []): Struct {
  const wire: Properties = {};
  for (const [name, value] of Object.entries(clean(properties) as Record<string, unknown>)) {
    wire[name] = secrets.includes(name) ? { [SIGNATURE]: SECRET, value } : value;
  }
  return Struct.fromJavaScript(wire);
}

/** Names of the top-level properties in which the two differ. */
export function changedProperties(before: Properties, after: Properties): string[] {
  const [a, b] = [clean(before), clean(after)] as Properties[];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => !isDeepStrictEqual(a[name], b[name]),
  );
}

/** How a value came to differ. */
export type Change = "added" | "removed" | "changed";

/**
 * Property paths, in Pulumi's notation, at which a changed property differs: as deep as both sides are objects.
 * @param path of the property itself
 */
export function changedPaths(path: string, before: unknown, after: unknown): [string, Change][] {
  if (before === undefined) return [[path, "added"]];
  if (after === undefined) return [[path, "removed"]];
  if (!isPlainObject(before) || !isPlainObject(after)) return [[path, "changed"]];
  return changedProperties(before, after).flatMap((name) => {
    const member = /^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    return changedPaths(member, before[name], after[name]);
  });
}

function isPlainObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Properties;
  if (object[SIGNATURE] === SECRET) return unwrap(object.value);
  return mapValues(object, unwrap);
}

/** Without undefined and null members, which protobuf's Struct cannot tell apart from absent ones. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, clean(member)]));
}

function mapValues(object: Properties, f: (value: unknown) => unknown): Properties {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, f(value)]));
}
