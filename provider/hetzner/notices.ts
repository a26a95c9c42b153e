import {
  Candidate,
  Choice,
  Decision,
  Earlier,
  ExistingServer,
  isSame,
  Plan,
  sayRefusals,
  Standing,
  Wish,
} from "./choice";
import { formatMoney } from "./money";
import { isMade } from "./servers";

/** What the user is to be told. */
export interface Notice {
  severity: "info" | "warning";
  text: string;
}

/** What is to be said of a choice: whatever is not simply the first of the user's preferences. */
export function noticesForChoice(
  wish: Wish,
  plan: Exclude<Plan, { step: "keep" }>,
  choice: Choice,
): Notice[] {
  const { decision, passedOver, until } = choice;
  const said = [change(wish, plan, choice)];
  if (passedOver.length) {
    said.push(info(`${wish.host}: ${nameOf(decision)} is taken, as ${sayRefusals(passedOver).join("; ")}`));
  }
  if (until) {
    const day = until.toISOString().slice(0, 10);
    said.push(
      warning(
        `${wish.host}: ${nameOf(decision)} cannot be ordered any more after ${day}; think of another type`,
      ),
    );
  }
  return said.filter((notice) => notice !== undefined);
}

function change(wish: Wish, plan: Plan, choice: Choice): Notice | undefined {
  const { host } = wish;
  const { decision } = choice;
  switch (plan.step) {
    case "choose-next":
      return info(`${host}: ${sayNext(plan.earlier, choice)}`);
    case "choose-again":
      return info(
        `${host}: its server, a ${nameOf(plan.earlier)}, is gone; ${again(plan.earlier, decision)}: ${comparison(plan.earlier, decision)}. ` +
          FROM_THE_FIRST,
      );
    case "rescale":
      return warning(
        `${host}: ${plan.from.serverType} is no longer among its server types, so the server becomes a ${nameOf(decision)}${sayTried(plan.tried, decision)}: ` +
          `it is switched off for that, and ${newPrice(plan.from, decision)}`,
      );
    case "replace":
      return warning(
        `${host}: ${plan.from.location} is no longer among its locations, so the server is REPLACED by a ${nameOf(decision)}: ` +
          `what is on its disk is lost, and ${newPrice(plan.from, decision)}`,
      );
    default:
      return undefined;
  }
}

const FROM_THE_FIRST =
  "With a `pulumi refresh` before, the next `pulumi up` starts from the first wish again.";

/** Why the order of what was chosen came to nothing, as far as anybody knows, and what is ordered now. */
function sayNext(earlier: Earlier, { decision, passedOver, cameToNothing = [] }: Choice): string {
  const missing = `${nameOf(earlier)} was chosen and is not there`;
  const cost = comparison(earlier, decision);
  if (passedOver.some((one) => isSame(one, earlier))) {
    return `${missing}. ${nameOf(decision)}, the next of the preferences, is tried: ${cost}. ${FROM_THE_FIRST}`;
  }
  if (!isSame(decision, earlier)) {
    return (
      `${missing}, perhaps because it was out of stock when it was ordered, though Hetzner does not say so. ` +
      `${nameOf(decision)}, the next of the preferences that costs no more, is tried: ${cost}. ` +
      "An order that failed for another reason, and one that was never sent as the run was stopped, look the same. " +
      FROM_THE_FIRST
    );
  }
  const before = cameToNothing.filter((candidate) => !isSame(candidate, earlier)).map(nameOf);
  const why = before.length
    ? `As ${before.join(", ")} came to nothing before it, and Hetzner says that all of them are available, stock is not the reason`
    : "Hetzner says that it is available, and no other of the preferences costs as little";
  return (
    `${missing}. ${why}, so it is ordered again: ${cost}. If that fails, its error says why; ` +
    `where it is resource_unavailable, take ${earlier.serverType} out of the server types, or ${earlier.location} out of the locations.`
  );
}

function again(earlier: Candidate, decision: Candidate): string {
  return isSame(earlier, decision) ? "the same is ordered again" : `${nameOf(decision)} is ordered instead`;
}

/** A rescale that failed before, as a rule for want of stock. */
function sayTried(tried: Candidate | undefined, decision: Decision): string {
  if (!tried) return "";
  return isSame(tried, decision)
    ? ", which was tried and is tried again"
    : ` (${nameOf(tried)} was tried, and the server did not become one)`;
}

/** Said when the server that stays is another one than was decided: a change failed, or somebody made one by hand. */
export function noticesForDifferentServer(wish: Wish, earlier: Earlier, decision: Decision): Notice[] {
  if (isSame(earlier, decision)) return [];
  return [
    info(
      `${wish.host}: its server is a ${nameOf(decision)} and not the ${nameOf(earlier)} that was decided, and stays, as that is wanted: ` +
        `${price(decision)} a month, by today's price list. If it was changed by hand, \`pulumi refresh\` first.`,
    ),
  ];
}

/** What is to be said of a server that stays and does not run. */
export function noticesForStatus({ host }: Wish, server: ExistingServer): Notice[] {
  if (!isMade(server)) return [info(`${host}: its server was never finished at Hetzner; it is ordered anew`)];
  if (server.status !== "off") return [];
  return [warning(`${host}: its server is switched off; \`pulumi up\` switches it on, and waits for it`)];
}

/** Said when the server of a kept decision could not be looked for. */
export function noticeForUnseenServer(wish: Wish, decision: Decision, because: string): Notice {
  return warning(
    `${wish.host}: whether its server is there could not be found out, so ${nameOf(decision)} stays as it was decided. ${because}`,
  );
}

function newPrice(from: Standing, decision: Decision): string {
  return (
    `the price is today's: ${comparison(from, decision)}, without VAT. ` +
    "The old price may not come back, even with the old type."
  );
}

/** "€11.99 instead of €4.49 a month" */
function comparison({ monthlyCost }: Partial<Decision>, decision: Decision): string {
  const now = price(decision);
  if (!monthlyCost) return `${now} a month`;
  const before = price({ monthlyCost });
  return before === now ? `${now} a month, as before` : `${now} instead of ${before} a month`;
}

/** "cx23 in fsn1" */
function nameOf({ serverType, location }: Candidate): string {
  return `${serverType} in ${location}`;
}

function price({ monthlyCost: { total, currency } }: Pick<Decision, "monthlyCost">): string {
  return formatMoney(total, currency);
}

const info = (text: string): Notice => ({ severity: "info", text });
const warning = (text: string): Notice => ({ severity: "warning", text });
