import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Properties as the wire has them: plain JSON, in which secrets keep their envelope and unknowns are {@link UNKNOWN}. */
export type Properties = Record<string, any>;

/** Stands for a value that only `pulumi up` will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Reads properties off the wire; none at all are the same as no members. */
export const fromStruct = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};

/** Writes properties to the wire, without members that are undefined. */
export const toStruct = (properties: Properties): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)));

/** The value in a secret's envelope; one that is in it already is not wrapped again. */
export const secret = (value: unknown): Properties =>
  isSecret(value) ? value : { [SIGNATURE]: SECRET, value };

export const isSecret = (value: unknown): value is Properties =>
  isObject(value) && value[SIGNATURE] === SECRET;

/** The same value without any envelopes, however deep they are. */
export function reveal(value: unknown): any {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, reveal(member)]));
}

/** Whether any value inside is not yet known. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

export const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);
