import { Cloud } from "../cloud";
import { Stock } from "../state";
import { SERVER_TYPES, ServerType } from "./types";

/** Whether a server of this type can be made in this location now. */
export const isAvailable = (cloud: Cloud, type: ServerType, location: string): boolean =>
  !isGone(cloud, type) && (cloud.state.stock[type.name]?.[location] ?? type.orderable);

/** The type is past its deprecation's end. */
export const isGone = (cloud: Cloud, type: ServerType): boolean =>
  type.deprecation !== null && cloud.now() >= new Date(type.deprecation.unavailable_after);

/**
 * Reads what PUT /_stock is given: `{ "cx23": true, "cpx12": { "fsn1": false } }`; true and false mean all the
 * type's locations. @throws Error that names what no catalogue has
 */
export function parseStock(json: unknown): Stock {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Error("stock must be an object of server types");
  const stock: Stock = {};
  for (const [name, value] of Object.entries(json)) {
    const type = SERVER_TYPES.find((one) => one.name === name);
    if (!type) throw new Error(`there is no server type ${name}`);
    const entries: [string, unknown][] =
      typeof value === "boolean"
        ? type.locations.map((location) => [location, value])
        : Object.entries((value ?? {}) as object);
    for (const [location, available] of entries) {
      if (!type.locations.includes(location)) throw new Error(`${name} is not sold in ${location}`);
      if (typeof available !== "boolean") throw new Error(`${name} in ${location} must be true or false`);
    }
    stock[type.name] = Object.fromEntries(entries) as Record<string, boolean>;
  }
  return stock;
}
