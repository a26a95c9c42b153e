import * as fc from "fast-check";
import {
  type Cidr,
  contains,
  containsNetwork,
  formatAddress,
  formatCidr,
  lastAddress,
  networkOf,
  overlap,
  parseAddress,
  parseCidr,
  without,
} from "../../settings/cidr";

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const prefix = fc.integer({ min: 0, max: 32 });
const cidr: fc.Arbitrary<Cidr> = fc.tuple(address, prefix).map(([one, bits]) => networkOf(one, bits));
/** Networks near each other: they overlap often. */
const nearCidr: fc.Arbitrary<Cidr> = fc
  .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 26, max: 32 }))
  .map(([one, bits]) => networkOf(one, bits));

const parsed = (text: string) => parseCidr(text)!;

describe("addresses", () => {
  it.each([
    ["0.0.0.0", 0],
    ["192.168.56.11", 0xc0a8380b],
    ["255.255.255.255", 0xffffffff],
  ])("%s is %d", (text, number) => {
    expect(parseAddress(text)).toBe(number);
    expect(formatAddress(number)).toBe(text);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.04",
    "1.2.3.4/24",
    " 1.2.3.4",
    "1.2.3.-4",
    "a.b.c.d",
    "1..2.3",
  ])("%p is none", (text) => expect(parseAddress(text)).toBeUndefined());

  it("come back as they were when written and read", () => {
    fc.assert(fc.property(address, (one) => expect(parseAddress(formatAddress(one))).toBe(one)));
  });
});

describe("networks", () => {
  it("come back as they were when written and read", () => {
    fc.assert(fc.property(cidr, (one) => expect(parseCidr(formatCidr(one))).toEqual(one)));
  });

  it.each([
    ["192.168.56.0/21", "192.168.56.0/21"],
    ["192.168.56.1/21", "192.168.56.0/21"],
    ["10.96.3.4/16", "10.96.0.0/16"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["1.2.3.4/32", "1.2.3.4/32"],
  ])("%s is %s", (text, network) => expect(formatCidr(parsed(text))).toBe(network));

  it.each([
    "",
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0/8",
    "10.0.0.0/8/8",
    "fe80::/10",
  ])("%p is none", (text) => expect(parseCidr(text)).toBeUndefined());

  it("end in their last address", () => {
    expect(formatAddress(lastAddress(parsed("192.168.56.0/24")))).toBe("192.168.56.255");
    expect(formatAddress(lastAddress(parsed("0.0.0.0/0")))).toBe("255.255.255.255");
  });

  it("hold the address that they were made of, and neither neighbour of theirs", () => {
    fc.assert(
      fc.property(address, prefix, (one, bits) => {
        const network = networkOf(one, bits);
        expect(contains(network, one)).toBe(true);
        expect(contains(network, network.base - 1)).toBe(false);
        expect(contains(network, lastAddress(network) + 1)).toBe(false);
      }),
    );
  });

  it("overlap exactly when they have an address in common, whichever is asked", () => {
    const addresses = (one: Cidr) =>
      Array.from({ length: lastAddress(one) - one.base + 1 }, (_, index) => one.base + index);
    fc.assert(
      fc.property(nearCidr, nearCidr, (one, other) => {
        const common = addresses(one).some((each) => contains(other, each));
        expect(overlap(one, other)).toBe(common);
        expect(overlap(other, one)).toBe(common);
      }),
    );
  });

  it("lie within another when all of their addresses do", () => {
    fc.assert(
      fc.property(nearCidr, nearCidr, (outer, inner) =>
        expect(containsNetwork(outer, inner)).toBe(
          contains(outer, inner.base) && contains(outer, lastAddress(inner)),
        ),
      ),
    );
  });
});

test("a range without a hole holds what is in the range and not in the hole", () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }))
    .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) }));
  fc.assert(
    fc.property(range, range, (whole, hole) => {
      const left = without(whole, hole);
      for (let each = -1; each <= 21; each++) {
        const isIn = ({ from, to }: { from: number; to: number }) => each >= from && each <= to;
        expect(left.filter(isIn)).toHaveLength(isIn(whole) && !isIn(hole) ? 1 : 0);
      }
    }),
  );
});
