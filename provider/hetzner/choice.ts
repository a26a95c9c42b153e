import { Catalogue } from "./catalogue";
import { HetznerError } from "./errors";
import { compareAmounts, MonthlyCost, monthlyCost } from "./money";

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
  /** What was decided right before it, and came to nothing although Hetzner said that it was available. */
  cameToNothing?: readonly Candidate[];
}

/** The server of a host, as far as a choice depends on it. */
export interface ExistingServer extends Candidate {
  /** GB of its disk, which can never shrink. */
  disk: number;
  /** The API's word: "off", say, or "initializing" while it is being made, and for good if that failed. */
  status: string;
}

/**
 * The host's server; "gone": it was there and is not any more; "none": it was never seen, though all that it is ordered
 * with is there; "not ordered": its addresses do not exist either; "unknown": nobody could be asked.
 */
export type Found = ExistingServer | "gone" | "none" | "not ordered" | "unknown";

/** What a host has. The price is known where it is what was decided. */
export type Standing = Omit<Earlier, "monthlyCost"> & Partial<Earlier>;

/** What is to be done about a host's server. */
export type Plan =
  | { step: "keep"; from: Standing }
  /** Nothing was decided yet, or nothing came of it: the run failed before, or it is not wanted any more. */
  | { step: "choose" }
  /** It was decided on, and never came: the order failed, or was never sent. */
  | { step: "choose-next"; earlier: Earlier }
  /** It was there, so its order was none that failed: the same is ordered again. */
  | { step: "choose-again"; earlier: Earlier }
  /** Only its type is not wanted any more: it moves to another where it is. `tried`: to this one it did not. */
  | { step: "rescale"; from: Standing; disk: number; tried?: Candidate }
  /** Its location is not wanted any more: another server takes its place. */
  | { step: "replace"; from: Standing };

/** The only one that machines can be built for. */
const ARCHITECTURE = "x86";

/**
 * What a wish means for what was decided before. What exists stays as long as it is wanted at all: another type or
 * location may cost twice as much, and a "better" one that is back in stock is no reason to replace a machine. What
 * counts is the server that is there: a rescale or a move that was decided may have failed.
 */
export function planChoice(wish: Wish, earlier: Earlier | undefined, found: Found): Plan {
  if (!earlier || found === "not ordered") return { step: "choose" };
  const from = typeof found === "string" ? earlier : standing(found, earlier);
  const typeWanted = wish.serverTypes.includes(from.serverType);
  const locationWanted = wish.locations.includes(from.location);
  if (found === "none" || found === "gone") {
    if (!typeWanted || !locationWanted) return { step: "choose" };
    return { step: found === "none" ? "choose-next" : "choose-again", earlier };
  }
  if (typeWanted && locationWanted) return { step: "keep", from };
  if (!locationWanted) return { step: "replace", from };
  const tried = isSame(from, earlier) ? {} : { tried: earlier };
  return { step: "rescale", from, disk: found === "unknown" ? 0 : found.disk, ...tried };
}

function standing(found: ExistingServer, earlier: Earlier): Standing {
  const { serverType, location } = found;
  return isSame(found, earlier) ? earlier : { serverType, location, ipv4: earlier.ipv4 };
}

/** Whether both are of one type and at one location. */
export function isSame(one: Candidate, other: Candidate): boolean {
  return one.serverType === other.serverType && one.location === other.location;
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
  /** What came to nothing before it for a reason that nobody knows: see {@link Earlier}. */
  cameToNothing?: readonly Candidate[];
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
  const refusal = (candidate: Candidate) => refuse(candidate, wish, plan, catalogue, now);
  for (const candidate of eligible(wish, plan, catalogue, refusal)) {
    const reason = refusal(candidate);
    if (!reason) {
      const { until } = catalogue.types.get(candidate.serverType)!.locations.get(candidate.location)!;
      const cameToNothing = unexplained(plan, refusal);
      return {
        decision: decisionFor(candidate, wish, catalogue),
        passedOver,
        ...(until ? { until } : {}),
        ...(cameToNothing.length ? { cameToNothing } : {}),
      };
    }
    passedOver.push({ ...candidate, reason });
  }
  throw nothingLeft(wish, plan, passedOver);
}

/**
 * Candidates of a plan, the one to be taken first in front. What came to nothing leads on to what costs more only where
 * Hetzner says that it cannot be ordered: whatever else the order failed for, would fail a dearer one as well.
 */
function eligible(
  wish: Wish,
  plan: Exclude<Plan, { step: "keep" }>,
  catalogue: Catalogue,
  refusal: (candidate: Candidate) => string | undefined,
): Candidate[] {
  const all = candidates(wish);
  const here = plan.step === "rescale" ? all.filter(({ location }) => location === plan.from.location) : all;
  const failed = failedOf(plan);
  if (!failed) return here;
  const others = after(failed, here);
  const isFailed = here.some((candidate) => isSame(candidate, failed));
  const first = isFailed ? [failed] : [];
  if (!isFailed || refusal(failed) || plan.step === "choose-again") return [...first, ...others];
  if (unexplained(plan, refusal).length >= GUESSES) return first;
  const cost = (candidate: Candidate) => decisionFor(candidate, wish, catalogue).monthlyCost.total;
  const limit = cost(failed);
  return [
    ...others.filter((candidate) => !refusal(candidate) && compareAmounts(cost(candidate), limit) <= 0),
    ...first,
  ];
}

/** Orders in a row that may have failed for want of stock that Hetzner did not tell of; more of them did not. */
const GUESSES = 2;

/** What was decided on and did not come about. */
function failedOf(plan: Plan): Candidate | undefined {
  if (plan.step === "rescale") return plan.tried;
  return plan.step === "choose-next" || plan.step === "choose-again" ? placeOf(plan.earlier) : undefined;
}

/** What was ordered in a row, came to nothing, and is available as far as Hetzner says. */
function unexplained(plan: Plan, refusal: (candidate: Candidate) => string | undefined): Candidate[] {
  if (plan.step !== "choose-next") return [];
  const failed = placeOf(plan.earlier);
  if (refusal(failed)) return [];
  const before = (plan.earlier.cameToNothing ?? []).filter((candidate) => !isSame(candidate, failed));
  return [...before, failed];
}

const placeOf = ({ serverType, location }: Candidate): Candidate => ({ serverType, location });

/** The others in the order of the wish, from what failed on: what stands before it comes last. */
function after(failed: Candidate, all: Candidate[]): Candidate[] {
  const index = all.findIndex((candidate) => isSame(candidate, failed));
  return [...all.slice(index + 1), ...all.slice(0, Math.max(index, 0))];
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

/**
 * Whether what stays asks for today's prices: those of an IPv4 address that it has not had so far, or of a server that
 * is another one than was decided.
 */
export function needsPrices(wish: Wish, from: Standing): boolean {
  return !from.monthlyCost || (wish.ipv4 && !from.ipv4);
}

/**
 * What stays, with the price that it was decided at. Only an IPv4 address that comes or goes changes it.
 * @param catalogue where {@link needsPrices}
 * @throws HetznerError resource_unavailable when something has no price at its location
 */
export function keep(from: Standing, wish: Wish, catalogue?: Catalogue): Decision {
  const { serverType, location, ipv4: had, monthlyCost: known } = from;
  if (known && had === wish.ipv4) return { serverType, location, monthlyCost: known };
  const server = known?.server ?? catalogue?.types.get(serverType)?.prices.get(location);
  const ipv4 = wish.ipv4 ? catalogue?.ipv4.get(location) : "0";
  const unpriced = (what: string, next: string) =>
    new HetznerError(
      "resource_unavailable",
      `Hetzner's price list has no ${what} in ${location}, where ${wish.host} is.`,
      next,
    );
  if (server === undefined)
    throw unpriced(serverType, `Take it out of its server types: it then becomes another.`);
  if (ipv4 === undefined) throw unpriced("IPv4 address", "Leave it without one: ipv4 = false.");
  const currency = known?.currency ?? catalogue!.currency;
  return { serverType, location, monthlyCost: monthlyCost(server, ipv4, currency) };
}

function nothingLeft(wish: Wish, plan: Plan, refusals: readonly Refusal[]): HetznerError {
  const reasons = sayRefusals(refusals).map((line) => `\n- ${line}`);
  const what =
    plan.step === "rescale"
      ? `${wish.host} has a ${plan.from.serverType} in ${plan.from.location}, and can become none of the server types there:`
      : `No server can be ordered for ${wish.host}:`;
  const next =
    plan.step === "rescale"
      ? `Put ${plan.from.serverType} back, name more server types, or wait. Taking ${plan.from.location} out of the locations replaces the server, and what is on its disk is lost.`
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
