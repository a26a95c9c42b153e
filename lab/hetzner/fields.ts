import { ApiError, invalidInput } from "./api-error";

type Body = Record<string, unknown>;

/** A required text. @throws ApiError invalid_input, as all of these */
export function text(body: Body, name: string): string {
  const value = body[name];
  if (value === undefined || value === null || value === "")
    throw invalidInput({ [name]: "Missing data for required field." });
  if (typeof value !== "string") throw invalidInput({ [name]: "must be a string" });
  return value;
}

export const optionalText = (body: Body, name: string): string | undefined =>
  body[name] === undefined || body[name] === null ? undefined : text(body, name);

/** A required id or name, as servers' image and server type are given. */
export function idOrName(body: Body, name: string): string {
  return typeof body[name] === "number" ? String(body[name]) : text(body, name);
}

export function integer(body: Body, name: string): number {
  const value = body[name];
  if (value === undefined || value === null)
    throw invalidInput({ [name]: "Missing data for required field." });
  if (!Number.isSafeInteger(value)) throw invalidInput({ [name]: "must be an integer" });
  return value as number;
}

export const optionalInteger = (body: Body, name: string): number | undefined =>
  body[name] === undefined || body[name] === null ? undefined : integer(body, name);

export function flag(body: Body, name: string, missing: boolean): boolean {
  const value = body[name] ?? missing;
  if (typeof value !== "boolean") throw invalidInput({ [name]: "must be a boolean" });
  return value;
}

export function choice<T extends string>(body: Body, name: string, allowed: readonly T[]): T {
  const value = text(body, name);
  if (!allowed.includes(value as T)) throw invalidInput({ [name]: `must be one of ${allowed.join(", ")}` });
  return value as T;
}

export function list(body: Body, name: string): unknown[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw invalidInput({ [name]: "must be a list" });
  return value;
}

export function objects(body: Body, name: string): Body[] {
  return list(body, name).map((value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw invalidInput({ [`${name}[${at}]`]: "must be an object" });
    return value as Body;
  });
}

export function texts(body: Body, name: string): string[] {
  return list(body, name).map((value, at) => {
    if (typeof value !== "string") throw invalidInput({ [`${name}[${at}]`]: "must be a string" });
    return value;
  });
}

/** Fields that the API took out on a date: whoever still sends them is answered so. */
export function refuseRemoved(body: Body, name: string, instead: string): void {
  if (body[name] !== undefined)
    throw new ApiError("deprecated_api_endpoint", `the property '${name}' was removed, use '${instead}'`, {
      announcement: "https://docs.hetzner.cloud/changelog#2025-12-16-phasing-out-datacenters",
    });
}
