import { CallOptions, HetznerApi } from "./api";
import { HetznerError, NOT_THE_API } from "./errors";
import { isAmount } from "./money";

/** What Hetzner offers at this moment, as far as a choice depends on it. */
export interface Catalogue {
  /** By name. */
  types: ReadonlyMap<string, TypeOffer>;
  /** Net price a month of a public IPv4 address, by location. */
  ipv4: ReadonlyMap<string, string>;
  /** ISO 4217 */
  currency: string;
}

export interface TypeOffer {
  name: string;
  /** "x86" or "arm". */
  architecture: string;
  /** GB */
  disk: number;
  /** By the location's name. */
  locations: ReadonlyMap<string, LocationOffer>;
  /** Net, a month, by location; also where it cannot be ordered any more. */
  prices: ReadonlyMap<string, string>;
}

export interface LocationOffer {
  /** In stock. True where the API does not say. */
  available: boolean;
  /** Cannot be ordered any more from then on. */
  until?: Date;
  /** Net, a month; undefined: the price list has none. */
  price?: string;
}

/** Asks for the catalogue: two requests, as long as no answer has more than one page. */
export async function askCatalogue(api: HetznerApi, options: CallOptions = {}): Promise<Catalogue> {
  const [types, { pricing }] = await Promise.all([
    api.list<ApiServerType>("server_types", options),
    api.get<{ pricing: ApiPricing }>("/pricing", options),
  ]);
  return readCatalogue(types, pricing);
}

/** As the API tells them: docs.hetzner.cloud, "Server Types" and "Pricing". */
export interface ApiServerType {
  name: string;
  architecture: string;
  /** GB */
  disk: number;
  prices: ApiPrice[];
  locations: {
    name: string;
    /** Since April 2026. */
    available?: boolean;
    deprecation?: { unavailable_after: string } | null;
  }[];
}

export interface ApiPricing {
  currency: string;
  primary_ips: { type: string; prices: ApiPrice[] }[];
}

interface ApiPrice {
  location: string;
  price_monthly: { net: string; gross: string };
}

/** @throws HetznerError when the answers are not what the API's description says */
export function readCatalogue(types: readonly ApiServerType[], pricing: ApiPricing): Catalogue {
  try {
    const ipv4 = pricing.primary_ips.find(({ type }) => type === "ipv4")?.prices ?? [];
    return {
      types: new Map(types.map((type) => [type.name, readType(type)])),
      ipv4: netPrices(ipv4),
      currency: pricing.currency,
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const what = `Hetzner's lists of server types and prices are not what they were: ${error.message}.`;
    throw new HetznerError(NOT_THE_API, what, "A newer kluster may know them; see hcloud:endpoint, too.");
  }
}

function readType({ name, architecture, disk, prices, locations }: ApiServerType): TypeOffer {
  const net = netPrices(prices);
  const offers = locations.map(({ name, available = true, deprecation }): [string, LocationOffer] => [
    name,
    {
      available,
      ...(deprecation ? { until: new Date(deprecation.unavailable_after) } : {}),
      price: net.get(name),
    },
  ]);
  return { name, architecture, disk, locations: new Map(offers), prices: net };
}

function netPrices(prices: readonly ApiPrice[]): Map<string, string> {
  const net = prices.map(({ location, price_monthly }): [string, string] => [location, price_monthly.net]);
  return new Map(net.filter(([, amount]) => isAmount(amount)));
}
