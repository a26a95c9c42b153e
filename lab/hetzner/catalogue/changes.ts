import type { State } from "../state";
import { LOCATIONS } from "./locations";
import { SERVER_TYPES, ServerType } from "./types";

/** What Hetzner sells otherwise than catalogue/types.ts says: prices, types and places change between two runs. */
export interface CatalogueChanges {
  /** By name. One that the catalogue does not have needs `like`. */
  types?: Record<string, TypeChange>;
  /** Euro a month, net. */
  ipv4Monthly?: number;
  /** Names of locations that are not there any more. */
  closed?: string[];
}

export interface TypeChange {
  /** A new type, as this one in all that is not said here. */
  like?: string;
  /** Euro, net. */
  monthly?: number;
  locations?: string[];
  deprecation?: ServerType["deprecation"];
  /** Not in the list any more; servers that have it keep it. */
  gone?: boolean;
}

/** All types that servers of the project can have, as they are now. */
export function allTypes({ catalogue }: Pick<State, "catalogue">): (ServerType & { gone?: boolean })[] {
  const { types = {}, closed = [] } = catalogue;
  const added = Object.entries(types).flatMap(([name, { like }], at) => {
    const model = SERVER_TYPES.find((type) => type.name === like);
    return model ? [{ ...model, id: 900 + at, name }] : [];
  });
  return [...SERVER_TYPES, ...added].map((type) => {
    const { like: _, ...change } = types[type.name] ?? {};
    const { locations = type.locations } = change;
    return { ...type, ...change, locations: locations.filter((location) => !closed.includes(location)) };
  });
}

/** What is listed, and can be ordered where there is stock. */
export const soldTypes = (state: Pick<State, "catalogue">): ServerType[] =>
  allTypes(state).filter(({ gone }) => !gone);

const byIdOrName = (types: ServerType[], idOrName: string) =>
  types.find(({ id, name }) => name === idOrName || String(id) === idOrName);

/** A type that a server has, by id or name. */
export const findType = (state: Pick<State, "catalogue">, idOrName: string): ServerType | undefined =>
  byIdOrName(allTypes(state), idOrName);

/** A type that can be ordered, by id or name. */
export const findSoldType = (state: Pick<State, "catalogue">, idOrName: string): ServerType | undefined =>
  byIdOrName(soldTypes(state), idOrName);

/** Locations that there are now. */
export const openLocations = ({ catalogue }: Pick<State, "catalogue">) =>
  LOCATIONS.filter(({ name }) => !catalogue.closed?.includes(name));

/** One of them, by id or name. */
export const findOpenLocation = (state: Pick<State, "catalogue">, idOrName: string) =>
  openLocations(state).find(({ id, name }) => name === idOrName || String(id) === idOrName);

/** Reads what PUT /_catalogue is given. @throws Error that names what is wrong */
export function parseCatalogue(json: unknown): CatalogueChanges {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Error("a catalogue must be an object");
  const { types = {}, ipv4Monthly, closed = [] } = json as CatalogueChanges;
  const place = (name: string) => {
    if (!LOCATIONS.some((location) => location.name === name))
      throw new Error(`there is no location ${name}`);
  };
  closed.forEach(place);
  for (const [name, { like, locations = [], monthly = 0 }] of Object.entries(types)) {
    const known = (type?: string) => SERVER_TYPES.some((one) => one.name === type);
    if (!known(name) && !known(like))
      throw new Error(`there is no server type ${name}; a new one needs "like"`);
    if (!(typeof monthly === "number" && monthly >= 0))
      throw new Error(`the price of ${name} must be a number`);
    locations.forEach(place);
  }
  return { types, closed, ...(ipv4Monthly === undefined ? {} : { ipv4Monthly }) };
}
