import { ok } from "../answer";
import { Route } from "../routes";
import { LOCATIONS } from "./locations";
import type { State } from "../state";
import { openLocations, soldTypes } from "./changes";
import { ServerType } from "./types";

/** Euro. Prices of Primary IPs, volumes and images are net, as those of server types. */
const IPV4_MONTHLY = 0.5;
const VOLUME_GB_MONTHLY = 0.0572;
const IMAGE_GB_MONTHLY = 0.0143;
const LOAD_BALANCER_MONTHLY = 5.49;

/** Percent. */
const VAT = 19;

/** Hours for which a month is billed at most. */
const BILLED_HOURS = 624;

/** Bytes that leave a server without extra charge: 20 TB in Europe, 1 TB elsewhere. */
const includedTraffic = (location: string) =>
  LOCATIONS.find(({ name }) => name === location)?.network_zone === "eu-central" ? 20 * 2 ** 40 : 2 ** 40;

const price = (net: number) => ({ net: net.toFixed(10), gross: (net * (1 + VAT / 100)).toFixed(10) });

const perTime = (location: string, monthly: number) => ({
  location,
  price_hourly: price(Math.round((monthly / BILLED_HOURS) * 10_000) / 10_000),
  price_monthly: price(monthly),
});

const withTraffic = (location: string, monthly: number) => ({
  ...perTime(location, monthly),
  included_traffic: includedTraffic(location),
  price_per_tb_traffic: price(1),
});

/** A server type's prices, one entry for each of its locations. */
export const pricesOf = (type: ServerType) =>
  type.locations.map((location) => withTraffic(location, type.monthly));

/** Euro per month, net, of a Primary IP. */
export const primaryIpMonthly = ({ catalogue }: Catalogue, type: "ipv4" | "ipv6"): number =>
  type === "ipv4" ? (catalogue.ipv4Monthly ?? IPV4_MONTHLY) : 0;

type Catalogue = Pick<State, "catalogue">;

const everywhere = <T>(entry: (location: string) => T): T[] => LOCATIONS.map(({ name }) => entry(name));

/** The one type of load balancer that there is here. */
export const loadBalancerType = () => ({
  id: 1,
  name: "lb11",
  description: "LB11",
  max_connections: 10_000,
  max_services: 5,
  max_targets: 25,
  max_assigned_certificates: 10,
  deprecated: null,
  prices: everywhere((location) => withTraffic(location, LOAD_BALANCER_MONTHLY)),
});

/** An entry of the price list for a type. */
const priced = <T>({ id, name, prices }: { id: number; name: string; prices: T[] }) => ({ id, name, prices });

const pricing = (state: Catalogue) => ({
  currency: "EUR",
  vat_rate: VAT.toFixed(6),
  image: { price_per_gb_month: price(IMAGE_GB_MONTHLY) },
  volume: { price_per_gb_month: price(VOLUME_GB_MONTHLY) },
  floating_ip: { price_monthly: price(3) },
  floating_ips: [
    { type: "ipv4", prices: everywhere((location) => ({ location, price_monthly: price(3) })) },
    { type: "ipv6", prices: everywhere((location) => ({ location, price_monthly: price(1) })) },
  ],
  primary_ips: (["ipv4", "ipv6"] as const).map((type) => ({
    type,
    prices: openLocations(state).map(({ name }) => perTime(name, primaryIpMonthly(state, type))),
  })),
  server_backup: { percentage: "20.0000000000" },
  server_types: soldTypes(state).map((type) => priced({ ...type, prices: pricesOf(type) })),
  load_balancer_types: [priced(loadBalancerType())],
});

export const priceRoutes: Route[] = [
  { method: "GET", path: "/pricing", handle: ({ state }) => ok({ pricing: pricing(state) }) },
];
