import { Catalogue, LocationOffer, readCatalogue } from "../../../provider/hetzner/catalogue";

export const LOCATIONS = ["fsn1", "nbg1", "hel1"];
const DISKS: Record<string, number> = { cx23: 40, cx33: 80, cpx12: 40, cax11: 40 };

/** What a test wants to differ from "in stock, at the type's price". */
export type Offer = Partial<{ available: boolean; until: string; price: string }> | null;

/**
 * Answers of the API for these types: `{ cx23: { price: "5.49", fsn1: { available: false }, nbg1: null } }` is sold
 * in hel1, out of stock in fsn1 and not offered in nbg1.
 */
export function answers(types: Record<string, { price: string } & Record<string, Offer | string>>) {
  const offerOf = (type: string, location: string) => {
    const offer = types[type][location];
    return offer === null
      ? undefined
      : { price: types[type].price, ...(offer as object as Exclude<Offer, null>) };
  };
  const at = LOCATIONS;
  const net = (amount: string) => ({ net: `${amount}00000000`, gross: "9999.0000000000" });
  const server_types = Object.keys(types).map((name, index) => {
    const offered = at.filter((location) => offerOf(name, location));
    return {
      id: index + 1,
      name,
      architecture: name.startsWith("cax") ? "arm" : "x86",
      disk: DISKS[name],
      prices: offered.map((location) => ({ location, price_monthly: net(offerOf(name, location)!.price) })),
      locations: offered.map((location) => {
        const { available, until } = offerOf(name, location)!;
        const deprecation = until ? { announced: "2026-01-01T00:00:00Z", unavailable_after: until } : null;
        return { name: location, ...(available === undefined ? {} : { available }), deprecation };
      }),
    };
  });
  const prices = at.map((location) => ({ location, price_monthly: net("0.50") }));
  const pricing = {
    currency: "EUR",
    primary_ips: [
      { type: "ipv6", prices: prices.map((price) => ({ ...price, price_monthly: net("7.77") })) },
      { type: "ipv4", prices },
    ],
  };
  return { server_types, pricing };
}

export function catalogueOf(types: Parameters<typeof answers>[0]): Catalogue {
  const { server_types, pricing } = answers(types);
  return readCatalogue(server_types, pricing);
}

/** A catalogue put together freely, for properties. */
export function freeCatalogue(
  types: Record<string, { disk: number; locations: Record<string, LocationOffer> }>,
): Catalogue {
  return {
    types: new Map(
      Object.entries(types).map(([name, { disk, locations }]) => [
        name,
        {
          ...{ name, architecture: "x86", disk, locations: new Map(Object.entries(locations)) },
          prices: new Map(Object.entries(locations).map(([at, { price = "0.01" }]) => [at, price])),
        },
      ]),
    ),
    ipv4: new Map(LOCATIONS.map((location) => [location, "0.50"])),
    currency: "EUR",
  };
}
