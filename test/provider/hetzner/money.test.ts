import * as fc from "fast-check";
import { add, formatMoney, formatTotal, isAmount, monthlyCost } from "../../../provider/hetzner/money";

const cents = fc.integer({ min: 0, max: 10_000_000 });
/** As Hetzner writes it. */
const written = (amount: number) =>
  `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}00000000`;

test("sums of cents are exact, in whatever order", () => {
  fc.assert(
    fc.property(fc.array(cents, { maxLength: 30 }), (amounts) => {
      const total = amounts.reduce((a, b) => a + b, 0);
      const expected = `${Math.floor(total / 100)}.${String(total % 100).padStart(2, "0")}`;
      expect(add(...amounts.map(written))).toBe(expected);
      expect(add(...amounts.map(written).reverse())).toBe(expected);
      expect(formatMoney(add(...amounts.map(written)), "EUR")).toBe(`€${expected}`);
    }),
  );
});

test("adding one after the other is adding all", () => {
  fc.assert(
    fc.property(fc.array(cents), (amounts) => {
      expect(amounts.map(written).reduce((sum, amount) => add(sum, amount), "0.00")).toBe(
        add(...amounts.map(written)),
      );
    }),
  );
});

test.each([
  ["5.4900000000", "5.49"],
  ["5", "5.00"],
  ["0.5", "0.50"],
  ["0.0572000000", "0.0572"],
  ["999999999999.9999999999", "999999999999.9999999999"],
])("%s is kept as %s", (amount, kept) => {
  expect(add(amount)).toBe(kept);
});

test.each([
  ["0.0572", "EUR", "€0.06"],
  ["0.004", "EUR", "€0.00"],
  ["0.005", "EUR", "€0.01"],
  ["1.995", "USD", "$2.00"],
  ["5.49", "CHF", "CHF 5.49"],
])("%s %s is shown as %s", (amount, currency, shown) => {
  expect(formatMoney(amount, currency)).toBe(shown);
});

test.each(["", "-1", "1,50", "1.", ".5", "1e3", "NaN", "Infinity", "0x10", " 1", "1.12345678901"])(
  "%j is no amount",
  (text) => {
    expect(isAmount(text)).toBe(false);
    expect(() => add("1", text)).toThrow(/is no amount of money: it must be digits/);
  },
);

test("a server's cost is its own and its address's", () => {
  expect(monthlyCost("5.4900000000", "0.5000000000", "EUR")).toEqual({
    server: "5.49",
    ipv4: "0.50",
    total: "5.99",
    currency: "EUR",
  });
});

test("a cluster's cost is told by currency", () => {
  const euro = monthlyCost("5.49", "0.50", "EUR");
  expect(formatTotal([euro, euro, euro])).toBe("€17.97");
  expect(formatTotal([euro, monthlyCost("1", "0", "USD")])).toBe("€5.99 + $1.00");
  expect(formatTotal([])).toBe("€0.00");
});
