import { Catalogue } from "./catalogue";
import { HetznerError } from "./errors";
import { MonthlyCost, monthlyCost } from "./money";

/** What the user would have for a host. */
export interface Wish {
  host: string;
  /** The one that is wanted most comes first. */
  serverTypes: readonly string[];
  /** Of one network zone; the one that is wanted most comes first. */
  locations: readonly string[];
  /** Whether it shall have a public IPv4 address. */
  ipv4: boolean;
}

/** Which server a host has, or is to be ordered. */
export interface Decision {
  serverType: string;
  location: string;
  /** As of the day of the decision: Hetzner keeps the price of what exists. */
  monthlyCost: MonthlyCost;
}

/** What was decided before, and whether an IPv4 address belonged to it. */
export interface Earlier extends Decision {
  ipv4: boolean;
}

/** The server of a host, as far as a choice depends on it. */
export interface ExistingServer {
  /** GB of its disk, which can never shrink. */
  disk: number;
}

/**
 * The host's server; "none": there is none, though all that it is ordered with is there; "not ordered": not even that
 * is; "unknown": nobody could be asked.
 */
export type Found = ExistingServer | "none" | "not ordered" | "unknown";

/** What is to be done about a host's server. */
export type Plan =
  | { step: "keep"; earlier: Earlier }
  /** Nothing was decided yet, or nothing came of it: the run failed before, or it is not wanted any more. */
  | { step: "choose" }
  /** It was decided on, and yet is not there: the order failed, as a rule for want of stock. */
  | { step: "choose-next"; earlier: Earlier }
  /** Only its type is not wanted any more: it moves to another where it is. */
  | { step: "rescale"; earlier: Earlier; disk: number }
  /** Its location is not wanted any more: another server takes its place. */
  | { step: "replace"; earlier: Earlier };

/** The only one that machines can be built for. */
const ARCHITECTURE = "x86";

/**
 * What a wish means for what was decided before. What exists stays as long as it is wanted at all: another type or
 * location may cost twice as much, and a "better" one that is back in stock is no reason to replace a machine.
 */
export function planChoice(wish: Wish, earlier: Earlier | undefined, found: Found): Plan {
  if (!earlier || found === "not ordered") return { step: "choose" };
  const typeWanted = wish.serverTypes.includes(earlier.serverType);
  const locationWanted = wish.locations.includes(earlier.location);
  if (found === "none") {
    return typeWanted && locationWanted ? { step: "choose-next", earlier } : { step: "choose" };
  }
  if (typeWanted && locationWanted) return { step: "keep", earlier };
  if (!locationWanted) return { step: "replace", earlier };
  return { step: "rescale", earlier, disk: found === "unknown" ? 0 : found.disk };
}

export interface Candidate {
  serverType: string;
  location: string;
}

/** All pairs in the order of the wish: every location of the first type before the second type. */
export function candidates({ serverTypes, locations }: Wish): Candidate[] {
  return serverTypes.flatMap((serverType) => locations.map((location) => ({ serverType, location })));
}

export interface Choice {
  decision: Decision;
  /** Why those that were wanted more were not taken. */
  passedOver: Refusal[];
  /** After that day it cannot be ordered any more. */
  until?: Date;
}

export interface Refusal extends Candidate {
  /** As in "cx23 is … in fsn1". */
  reason: string;
}

/**
 * The first candidate of a plan that can be ordered.
 * @throws HetznerError resource_unavailable with what is wrong with each of them
 */
export function choose(
  wish: Wish,
  plan: Exclude<Plan, { step: "keep" }>,
  catalogue: Catalogue,
  now: Date,
): Choice {
  const passedOver: Refusal[] = [];
  for (const candidate of eligible(wish, plan)) {
    const reason = refuse(candidate, wish, plan, catalogue, now);
    if (!reason) {
      const { until } = catalogue.types.get(candidate.serverType)!.locations.get(candidate.location)!;
      return { decision: decisionFor(candidate, wish, catalogue), passedOver, ...(until ? { until } : {}) };
    }
    passedOver.push({ ...candidate, reason });
  }
  throw nothingLeft(wish, plan, passedOver);
}

/** Candidates of a plan, the one to be taken first in front. */
function eligible(wish: Wish, plan: Exclude<Plan, { step: "keep" }>): Candidate[] {
  const all = candidates(wish);
  if (plan.step === "rescale") return all.filter(({ location }) => location === plan.earlier.location);
  if (plan.step !== "choose-next") return all;
  // What failed is tried again only when everything else was: stock comes back.
  const { serverType, location } = plan.earlier;
  const failed = all.findIndex(
    (candidate) => candidate.serverType === serverType && candidate.location === location,
  );
  return [...all.slice(failed + 1), ...all.slice(0, failed + 1)];
}

/** Why a candidate cannot be ordered; undefined: it can. */
function refuse(
  { serverType, location }: Candidate,
  wish: Wish,
  plan: Plan,
  catalogue: Catalogue,
  now: Date,
): string | undefined {
  const type = catalogue.types.get(serverType);
  if (!type) return "unknown to Hetzner, or not sold any more,";
  if (type.architecture !== ARCHITECTURE)
    return `of the architecture ${type.architecture}, which cannot be built,`;
  const offer = type.locations.get(location);
  if (!offer) return "not offered";
  if (offer.until && offer.until <= now) return "not sold any more";
  if (!offer.available) return "out of stock";
  if (offer.price === undefined || (wish.ipv4 && !catalogue.ipv4.has(location))) return "without a price";
  if (plan.step === "rescale" && type.disk < plan.disk) {
    return `too small (its disk has ${type.disk} GB, the server's ${plan.disk} GB, and disks never shrink)`;
  }
  return undefined;
}

function decisionFor(candidate: Candidate, wish: Wish, catalogue: Catalogue): Decision {
  const { locations } = catalogue.types.get(candidate.serverType)!;
  const ipv4 = wish.ipv4 ? catalogue.ipv4.get(candidate.location)! : "0";
  return {
    ...candidate,
    monthlyCost: monthlyCost(locations.get(candidate.location)!.price!, ipv4, catalogue.currency),
  };
}

/** Whether a kept decision asks for today's prices: those of an IPv4 address that it has not had so far. */
export function needsPrices(wish: Wish, earlier: Earlier): boolean {
  return wish.ipv4 && !earlier.ipv4;
}

/**
 * A decision that stays, with the price that it was made at. Only an IPv4 address that comes or goes changes it.
 * @param catalogue where {@link needsPrices}
 * @throws HetznerError resource_unavailable when an address has no price at its location
 */
export function keep({ ipv4: had, ...decision }: Earlier, wish: Wish, catalogue?: Catalogue): Decision {
  if (had === wish.ipv4) return decision;
  const { server, currency } = decision.monthlyCost;
  const ipv4 = wish.ipv4 ? catalogue?.ipv4.get(decision.location) : "0";
  if (ipv4 === undefined) {
    const what = `Hetzner's price list has no IPv4 address in ${decision.location}, where ${wish.host} is.`;
    throw new HetznerError("resource_unavailable", what, "Leave it without one: ipv4 = false.");
  }
  return { ...decision, monthlyCost: monthlyCost(server, ipv4, currency) };
}

function nothingLeft(wish: Wish, plan: Plan, refusals: readonly Refusal[]): HetznerError {
  const reasons = sayRefusals(refusals).map((line) => `\n- ${line}`);
  const what =
    plan.step === "rescale"
      ? `${wish.host} has a ${plan.earlier.serverType} in ${plan.earlier.location}, and can become none of the server types there:`
      : `No server can be ordered for ${wish.host}:`;
  const next =
    plan.step === "rescale"
      ? `Put ${plan.earlier.serverType} back, name more server types, or wait. Taking ${plan.earlier.location} out of the locations replaces the server, and what is on its disk is lost.`
      : "Name more server types or locations (kluster:serverTypes, kluster:locations; or server_types, locations in the inventory), or wait for stock.";
  return new HetznerError("resource_unavailable", `${what}${reasons.join("")}\n`, next);
}

/** One line for each type and reason: "cx23 is out of stock in fsn1, nbg1". */
export function sayRefusals(refusals: readonly Refusal[]): string[] {
  const locations = new Map<string, string[]>();
  for (const { serverType, location, reason } of refusals) {
    const what = `${serverType} is ${reason}`;
    locations.set(what, [...(locations.get(what) ?? []), location]);
  }
  return [...locations].map(([what, where]) => `${what} in ${where.join(", ")}`);
}
