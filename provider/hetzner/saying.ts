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
export interface Saying {
  severity: "info" | "warning";
  text: string;
}

/** What is to be said of a choice: whatever is not simply the first of the user's wishes. */
export function sayChoice(wish: Wish, plan: Exclude<Plan, { step: "keep" }>, choice: Choice): Saying[] {
  const { decision, passedOver, until } = choice;
  const said = [change(wish, plan, decision)];
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
  return said.filter((saying) => saying !== undefined);
}

function change(wish: Wish, plan: Plan, decision: Decision): Saying | undefined {
  const { host } = wish;
  switch (plan.step) {
    case "choose-next":
      if (nameOf(decision) === nameOf(plan.earlier)) {
        return info(
          `${host}: ${nameOf(decision)} was chosen and is not there; it is tried again, as no other is to be had`,
        );
      }
      return info(
        `${host}: ${nameOf(plan.earlier)} was chosen and is not there, as a rule because it was out of stock when it was ordered. ` +
          `${nameOf(decision)}, the next of the wishes, is tried: ${comparison(plan.earlier, decision)}. ` +
          "A server that was deleted, or not made because the run was stopped, looks the same: " +
          "`pulumi refresh` first, and the next `pulumi up` starts from the first wish again.",
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

/** A rescale that failed before, as a rule for want of stock. */
function sayTried(tried: Candidate | undefined, decision: Decision): string {
  if (!tried) return "";
  return isSame(tried, decision)
    ? ", which was tried and is tried again"
    : ` (${nameOf(tried)} was tried, and the server did not become one)`;
}

/** Said when the server that stays is another one than was decided: a change failed, or somebody made one by hand. */
export function sayOther(wish: Wish, earlier: Earlier, decision: Decision): Saying[] {
  if (isSame(earlier, decision)) return [];
  return [
    info(
      `${wish.host}: its server is a ${nameOf(decision)} and not the ${nameOf(earlier)} that was decided, and stays, as that is wanted: ` +
        `${price(decision)} a month, by today's price list. If it was changed by hand, \`pulumi refresh\` first.`,
    ),
  ];
}

/** What is to be said of a server that stays and does not run. */
export function sayStatus({ host }: Wish, server: ExistingServer): Saying[] {
  if (!isMade(server)) return [info(`${host}: its server was never finished at Hetzner; it is ordered anew`)];
  if (server.status !== "off") return [];
  return [
    warning(`${host}: its server is switched off; \`pulumi refresh\` and then \`pulumi up\` switch it on`),
  ];
}

/** Said when the server of a kept decision could not be looked for. */
export function sayKeptUnseen(wish: Wish, decision: Decision, because: string): Saying {
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

const info = (text: string): Saying => ({ severity: "info", text });
const warning = (text: string): Saying => ({ severity: "warning", text });
