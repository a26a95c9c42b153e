/*
 * Amounts of money are decimal strings, as Hetzner's API tells them ("5.4900000000"), and are added as whole
 * numbers: a float sum of cents is off by one sooner or later.
 */

/** Digits after the point that are kept; the API gives ten. */
const DIGITS = 10;
const UNIT = 10n ** BigInt(DIGITS);

const SIGNS: Record<string, string> = { EUR: "€", USD: "$", GBP: "£" };

/** Net price of a server and what belongs to it, a month: amounts without VAT, as decimal strings. */
export interface MonthlyCost {
  server: string;
  /** Of its public IPv4 address; "0.00" where it has none. IPv6 is free. */
  ipv4: string;
  total: string;
  /** ISO 4217, such as EUR. */
  currency: string;
}

/** @throws Error when the text is no amount */
export function monthlyCost(server: string, ipv4: string, currency: string): MonthlyCost {
  return { server: add(server), ipv4: add(ipv4), total: add(server, ipv4), currency };
}

/** Exact sum in its shortest form of two or more decimals: "5.49", "0.0572". */
export function add(...amounts: string[]): string {
  const sum = amounts.map(parse).reduce((a, b) => a + b, 0n);
  const fraction = (sum % UNIT).toString().padStart(DIGITS, "0").replace(/0+$/, "").padEnd(2, "0");
  return `${sum / UNIT}.${fraction}`;
}

/** Below 0 where the first is the smaller, 0 where both are the same. */
export function compareAmounts(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  return a < b ? -1 : Number(a > b);
}

/** Whether the text is an amount that can be reckoned with. */
export function isAmount(text: unknown): text is string {
  return typeof text === "string" && /^\d{1,12}(\.\d{1,10})?$/.test(text);
}

/** For people, rounded to cents: "€5.49", "CHF 5.49". */
export function formatMoney(amount: string, currency: string): string {
  const cent = UNIT / 100n;
  const cents = (parse(amount) + cent / 2n) / cent;
  const number = `${cents / 100n}.${(cents % 100n).toString().padStart(2, "0")}`;
  return currency in SIGNS ? `${SIGNS[currency]}${number}` : `${currency} ${number}`;
}

/** What all of them cost together a month, for people: "€17.97". An account has one currency, as a rule. */
export function formatTotal(costs: readonly Pick<MonthlyCost, "total" | "currency">[]): string {
  const currencies = [...new Set(costs.map(({ currency }) => currency))];
  const totalIn = (currency: string) =>
    add(...costs.filter((cost) => cost.currency === currency).map(({ total }) => total));
  return (
    currencies.map((currency) => formatMoney(totalIn(currency), currency)).join(" + ") ||
    formatMoney("0", "EUR")
  );
}

function parse(amount: string): bigint {
  if (!isAmount(amount)) {
    throw new Error(
      `${JSON.stringify(amount)} is no amount of money: it must be digits, and may have a point and up to ${DIGITS} digits after it`,
    );
  }
  const [whole, fraction = ""] = amount.split(".");
  return BigInt(whole) * UNIT + BigInt(fraction.padEnd(DIGITS, "0"));
}
