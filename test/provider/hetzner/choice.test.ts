import * as fc from "fast-check";
import {
  Candidate,
  candidates,
  Choice,
  choose,
  Decision,
  Earlier,
  ExistingServer,
  Found,
  keep,
  needsPrices,
  Plan,
  planChoice,
  Wish,
} from "../../../provider/hetzner/choice";
import { HetznerError } from "../../../provider/hetzner";
import { LocationOffer } from "../../../provider/hetzner/catalogue";
import { noticesForChoice, noticesForDifferentServer } from "../../../provider/hetzner/notices";
import { catalogueOf, freeCatalogue, LOCATIONS } from "./offers";

const now = new Date("2026-11-26T00:00:00Z");
const wish: Wish = {
  host: "il",
  serverTypes: ["cx23", "cx33", "cpx12"],
  locations: ["fsn1", "nbg1"],
  ipv4: true,
};
const cx23: Earlier = {
  serverType: "cx23",
  location: "fsn1",
  monthlyCost: { server: "3.99", ipv4: "0.50", total: "4.49", currency: "EUR" },
  ipv4: true,
};
const server: ExistingServer = { serverType: "cx23", location: "fsn1", disk: 40, status: "running" };
const inStock = { cx23: { price: "5.49" }, cx33: { price: "8.49" }, cpx12: { price: "11.49" } };
const none = { fsn1: { available: false }, nbg1: { available: false }, hel1: { available: false } };

function chosen(outcome: Choice): string {
  return `${outcome.decision.serverType} in ${outcome.decision.location}`;
}

const placeOf = ({ serverType, location }: Candidate) => ({ serverType, location });

function failureOf(work: () => unknown): HetznerError {
  try {
    work();
  } catch (error) {
    if (error instanceof HetznerError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

describe("a new choice", () => {
  const first: Plan = { step: "choose" };

  test("costs what Hetzner asks today, without VAT", () => {
    expect(choose(wish, first, catalogueOf(inStock), now)).toEqual({
      decision: {
        serverType: "cx23",
        location: "fsn1",
        monthlyCost: { server: "5.49", ipv4: "0.50", total: "5.99", currency: "EUR" },
      },
      passedOver: [],
    });
    const without = choose({ ...wish, ipv4: false }, first, catalogueOf(inStock), now).decision.monthlyCost;
    expect(without).toEqual({ server: "5.49", ipv4: "0.00", total: "5.49", currency: "EUR" });
  });

  test.each<[string, Parameters<typeof catalogueOf>[0], string]>([
    [
      "another location before another type",
      { ...inStock, cx23: { price: "5.49", fsn1: { available: false } } },
      "cx23 in nbg1",
    ],
    [
      "the next type when the first is out of stock",
      { ...inStock, cx23: { price: "5.49", ...none } },
      "cx33 in fsn1",
    ],
    [
      "what is not offered in a location elsewhere",
      { ...inStock, cx23: { price: "5.49", fsn1: null } },
      "cx23 in nbg1",
    ],
    [
      "nothing that is not sold any more",
      { ...inStock, cx23: { price: "5.49", fsn1: { until: "2026-11-25T00:00:00Z" } } },
      "cx23 in nbg1",
    ],
    [
      "what will not be sold in the future",
      { ...inStock, cx23: { price: "5.49", fsn1: { until: "2027-01-01T00:00:00Z" } } },
      "cx23 in fsn1",
    ],
    [
      "nothing without a price",
      { ...inStock, cx23: { price: "5.49", fsn1: { price: "?" } } },
      "cx23 in nbg1",
    ],
    ["no type that Hetzner does not know", { cx33: inStock.cx33 }, "cx33 in fsn1"],
    [
      "no location that was not wished for",
      { cx23: { price: "5.49", ...none, hel1: {} }, cpx12: inStock.cpx12 },
      "cpx12 in fsn1",
    ],
    [
      "the order of the wish and not of the prices",
      { cx23: { price: "99.00" }, cx33: { price: "1.00" } },
      "cx23 in fsn1",
    ],
  ])("takes %s", (_, offers, expected) => {
    expect(chosen(choose(wish, first, catalogueOf(offers), now))).toBe(expected);
  });

  test("refuses ARM, which cannot be built", () => {
    const arm = { ...wish, serverTypes: ["cax11"] };
    expect(
      failureOf(() => choose(arm, first, catalogueOf({ cax11: { price: "5.99" } }), now)).message,
    ).toMatch(/cax11 is of the architecture arm, which cannot be built, in fsn1, nbg1/);
  });

  test("that is not available says why, for each type, and what to do", () => {
    const offers = {
      cx23: { price: "5.49", ...none },
      cpx12: { price: "11.49", fsn1: null, nbg1: { available: false } },
    };
    const failure = failureOf(() => choose(wish, first, catalogueOf(offers), now));
    expect(failure.code).toBe("resource_unavailable");
    expect(failure.message.split("\n")).toEqual([
      "No server can be ordered for il:",
      "- cx23 is out of stock in fsn1, nbg1",
      "- cx33 is unknown to Hetzner, or not sold any more, in fsn1, nbg1",
      "- cpx12 is not offered in fsn1",
      "- cpx12 is out of stock in nbg1",
      expect.stringMatching(/^Name more server types or locations/),
    ]);
  });

  test("says what was passed over, and what will soon be gone", () => {
    const offers = {
      cx23: { price: "5.49", ...none },
      cx33: { price: "8.49", fsn1: { until: "2027-01-31T00:00:00Z" } },
    };
    const choice = choose(wish, first, catalogueOf(offers), now);
    expect(noticesForChoice(wish, { step: "choose" }, choice)).toEqual([
      { severity: "info", text: "il: cx33 in fsn1 is taken, as cx23 is out of stock in fsn1, nbg1" },
      {
        severity: "warning",
        text: "il: cx33 in fsn1 cannot be ordered any more after 2027-01-31; think of another type",
      },
    ]);
  });

  test("of what is wanted most needs no words", () => {
    const choice = choose(wish, { step: "choose" }, catalogueOf(inStock), now);
    expect(noticesForChoice(wish, { step: "choose" }, choice)).toEqual([]);
  });
});

describe("what was decided", () => {
  test.each<[string, Partial<Wish>, "server" | Exclude<Found, ExistingServer>, Plan["step"]]>([
    ["stays while its server is there", {}, "server", "keep"],
    ["stays while nobody can be asked", {}, "unknown", "keep"],
    [
      "stays when others are wished for more",
      { serverTypes: ["cpx12", "cx23"], locations: ["hel1", "fsn1"] },
      "server",
      "keep",
    ],
    ["is thought about when its server never came", {}, "none", "choose-next"],
    ["is ordered again when its server was there and is gone", {}, "gone", "choose-again"],
    ["is made anew when the run failed before the order", {}, "not ordered", "choose"],
    [
      "is forgotten when its server never came and it is not wanted any more",
      { serverTypes: ["cpx12"] },
      "none",
      "choose",
    ],
    [
      "is rescaled when only its type is not wanted any more",
      { serverTypes: ["cpx12"] },
      "server",
      "rescale",
    ],
    ["is replaced when its location is not wanted any more", { locations: ["nbg1"] }, "server", "replace"],
    ["is replaced when neither is", { serverTypes: ["cpx12"], locations: ["nbg1"] }, "server", "replace"],
  ])("%s", (_, other, found, step) => {
    expect(planChoice({ ...wish, ...other }, cx23, found === "server" ? server : found).step).toBe(step);
  });

  test.each<[string, Partial<Wish>, Partial<ExistingServer>, object]>([
    ["stays, if it is wanted", {}, { serverType: "cx33" }, { step: "keep", from: { serverType: "cx33" } }],
    ["stays, where it is wanted", {}, { location: "nbg1" }, { step: "keep", from: { location: "nbg1" } }],
    [
      "is rescaled from what it is, and not to what was tried first",
      { serverTypes: ["cx23", "cx33"] },
      { serverType: "cpx12", disk: 80 },
      { step: "rescale", from: { serverType: "cpx12", location: "fsn1" }, disk: 80, tried: placeOf(cx23) },
    ],
    [
      "is replaced from where it is",
      { locations: ["fsn1", "nbg1"] },
      { location: "hel1" },
      { step: "replace", from: { serverType: "cx23", location: "hel1" } },
    ],
  ])("a server that is another one than was decided %s", (_, other, found, plan) => {
    expect(planChoice({ ...wish, ...other }, cx23, { ...server, ...found })).toMatchObject(plan);
  });

  test("takes today's price of a server that is another one than was decided, sold or not", () => {
    const plan = planChoice(wish, cx23, { ...server, serverType: "cx33" }) as Extract<Plan, { step: "keep" }>;
    expect(needsPrices(wish, plan.from)).toBe(true);
    const gone = catalogueOf({ cx33: { price: "8.49", fsn1: { until: "2026-01-01T00:00:00Z" } } });
    const decision = keep(plan.from, wish, gone);
    expect(decision).toMatchObject({ serverType: "cx33", location: "fsn1", monthlyCost: { total: "8.99" } });
    expect(noticesForDifferentServer(wish, cx23, decision)).toEqual([
      {
        severity: "info",
        text:
          "il: its server is a cx33 in fsn1 and not the cx23 in fsn1 that was decided, and stays, as that is wanted: " +
          "€8.99 a month, by today's price list. If it was changed by hand, `pulumi refresh` first.",
      },
    ]);
    expect(failureOf(() => keep(plan.from, wish, catalogueOf({}))).message).toMatch(
      /has no cx33 in fsn1, where il is\. Take it out of its server types/,
    );
  });

  test("keeps the price that it was made at", () => {
    expect(keep(cx23, wish).monthlyCost).toEqual(cx23.monthlyCost);
  });

  test.each([
    [
      "comes",
      { ...cx23, ipv4: false, monthlyCost: { ...cx23.monthlyCost, ipv4: "0.00", total: "3.99" } },
      true,
      "4.49",
    ],
    ["goes", cx23, false, "3.99"],
  ])("keeps the server's price when an IPv4 address %s", (_, earlier, ipv4, total) => {
    const asked = { ...wish, ipv4 };
    expect(needsPrices(asked, earlier)).toBe(ipv4);
    const { monthlyCost } = keep(earlier, asked, ipv4 ? catalogueOf(inStock) : undefined);
    expect(monthlyCost).toMatchObject({ server: "3.99", total });
  });
});

describe("a rescale", () => {
  const other = { ...wish, serverTypes: ["cpx12", "cx33"] };
  const plan = planChoice(other, cx23, server) as Extract<Plan, { step: "rescale" }>;

  test("stays in its location, and tells both prices", () => {
    const choice = choose(other, plan, catalogueOf(inStock), now);
    expect(chosen(choice)).toBe("cpx12 in fsn1");
    expect(noticesForChoice(other, plan, choice)).toEqual([
      {
        severity: "warning",
        text:
          "il: cx23 is no longer among its server types, so the server becomes a cpx12 in fsn1: it is switched off for that, " +
          "and the price is today's: €11.99 instead of €4.49 a month, without VAT. The old price may not come back, even with the old type.",
      },
    ]);
  });

  test("that did not come about goes on to the next type that costs no more, from what the server still is", () => {
    const tried = { ...cx23, serverType: "cpx12" };
    const again = planChoice(other, tried, server) as typeof plan;
    const choice = choose(other, again, catalogueOf(inStock), now);
    expect(chosen(choice)).toBe("cx33 in fsn1");
    expect(noticesForChoice(other, again, choice)[0].text).toMatch(
      /^il: cx23 is no longer .* becomes a cx33 in fsn1 \(cpx12 in fsn1 was tried, .*\): .* the price is today's: €8\.99 a month/,
    );
    const dearer = catalogueOf({ ...inStock, cx33: { price: "18.49" } });
    expect(chosen(choose(other, again, dearer, now))).toBe("cpx12 in fsn1");
    const { cpx12 } = inStock;
    const alone = choose(other, again, catalogueOf({ cpx12 }), now);
    expect(chosen(alone)).toBe("cpx12 in fsn1");
    expect(noticesForChoice(other, again, alone)[0].text).toMatch(
      /cpx12 in fsn1, which was tried and is tried again/,
    );
  });

  test("would rather fail than replace the server by one elsewhere", () => {
    const elsewhere = {
      cpx12: { price: "11.49", fsn1: null },
      cx33: { price: "8.49", fsn1: { available: false } },
    };
    const { message } = failureOf(() => choose(other, plan, catalogueOf(elsewhere), now));
    expect(message).toMatch(/il has a cx23 in fsn1, and can become none of the server types there:/);
    expect(message).toMatch(
      /Put cx23 back, name more server types, or wait\. Taking fsn1 out of the locations/,
    );
  });

  test("never asks for a smaller disk", () => {
    const grown = { ...plan, disk: 80 };
    const choice = choose(other, grown, catalogueOf(inStock), now);
    expect(chosen(choice)).toBe("cx33 in fsn1");
    expect(choice.passedOver[0].reason).toMatch(/its disk has 40 GB, the server's 80 GB/);
  });
});

test("a replacement is said loudly, with both prices", () => {
  const other = { ...wish, locations: ["nbg1"] };
  const plan = planChoice(other, cx23, server) as Extract<Plan, { step: "replace" }>;
  const choice = choose(other, plan, catalogueOf(inStock), now);
  const [{ severity, text }] = noticesForChoice(other, plan, choice);
  expect(severity).toBe("warning");
  expect(text).toMatch(/fsn1 is no longer among its locations, so the server is REPLACED by a cx23 in nbg1/);
  expect(text).toMatch(/what is on its disk is lost.*€5\.99 instead of €4\.49 a month/);
});

describe("an order that came to nothing", () => {
  type Next = Extract<Plan, { step: "choose-next" }>;
  const next = (before: Earlier) => planChoice(wish, before, "none") as Next;
  const plan = next(cx23);
  const fsn1 = (offer: object) => ({ ...inStock, cx23: { price: "5.49", fsn1: offer } });
  /** What is chosen if nothing comes of it time and again, while nothing changes at Hetzner. */
  function inARow(times: number, offers: Parameters<typeof catalogueOf>[0], from: Earlier = cx23) {
    let before = from;
    return Array.from({ length: times }, () => {
      const choice = choose(wish, next(before), catalogueOf(offers), now);
      before = { ...choice.decision, ipv4: true, cameToNothing: choice.cameToNothing };
      return chosen(choice);
    });
  }

  test("leads on to the next wish at any price where Hetzner says that it was stock, and says both prices", () => {
    const offers = { ...inStock, cx23: { price: "5.49", ...none } };
    const choice = choose(wish, plan, catalogueOf(offers), now);
    expect(chosen(choice)).toBe("cx33 in fsn1");
    expect(choice.cameToNothing).toBeUndefined();
    const [next, reason] = noticesForChoice(wish, plan, choice);
    expect(next).toEqual({
      severity: "info",
      text:
        "il: cx23 in fsn1 was chosen and is not there. cx33 in fsn1, the next of the preferences, is tried: " +
        "€8.99 instead of €4.49 a month. With a `pulumi refresh` before, the next `pulumi up` starts from the first wish again.",
    });
    expect(reason.text).toBe("il: cx33 in fsn1 is taken, as cx23 is out of stock in fsn1, nbg1");
  });

  test("leads on to one that costs no more where nobody said why, and says that it is a guess", () => {
    const choice = choose(wish, plan, catalogueOf(inStock), now);
    expect(chosen(choice)).toBe("cx23 in nbg1");
    expect(choice.cameToNothing).toEqual([placeOf(cx23)]);
    const [{ text }] = noticesForChoice(wish, plan, choice);
    expect(text).toMatch(/perhaps because it was out of stock .*, though Hetzner does not say so\./);
    expect(text).toMatch(
      /cx23 in nbg1, the next of the preferences that costs no more, is tried: €5\.99 instead of €4\.49/,
    );
    expect(text).toMatch(
      /failed for another reason, and one that was never sent .*, look the same\. .*pulumi refresh/,
    );
  });

  test("never leads on to a dearer one without Hetzner's word: the same shows its cause again", () => {
    const offers = { ...inStock, cx23: { price: "5.49", nbg1: null } };
    expect(inARow(3, offers)).toEqual(Array(3).fill("cx23 in fsn1"));
    const [{ text }] = noticesForChoice(wish, plan, choose(wish, plan, catalogueOf(offers), now));
    expect(text).toMatch(
      /is available, and no other of the preferences costs as little, so it is ordered again: €5\.99/,
    );
    expect(text).toMatch(
      /its error says why; where it is resource_unavailable, take cx23 out of the server types/,
    );
  });

  test("is guessed about once: two that are available and do not come are not a matter of stock", () => {
    expect(inARow(4, inStock)).toEqual(Array(4).fill("cx23 in nbg1"));
    const second = { ...cx23, location: "nbg1", cameToNothing: [placeOf(cx23)] };
    const [{ text }] = noticesForChoice(
      wish,
      next(second),
      choose(wish, next(second), catalogueOf(inStock), now),
    );
    expect(text).toMatch(
      /As cx23 in fsn1 came to nothing before it, and Hetzner says that all of them are available, stock is not the reason, so it is ordered again/,
    );
  });

  test("that was guessed about leads on all the same as soon as Hetzner says so", () => {
    const second = { ...cx23, location: "nbg1", cameToNothing: [placeOf(cx23)] };
    expect(inARow(1, { ...inStock, cx23: { price: "5.49", ...none } }, second)).toEqual(["cx33 in fsn1"]);
    expect(inARow(1, { ...inStock, cx23: { price: "5.49", nbg1: none.nbg1 } }, second)).toEqual([
      "cx33 in fsn1",
    ]);
    expect(inARow(1, fsn1({ available: false }))).toEqual(["cx23 in nbg1"]);
  });

  test("and had been carried out before is no failed order: the same again", () => {
    const plan = planChoice(wish, cx23, "gone") as Extract<Plan, { step: "choose-again" }>;
    const choice = choose(wish, plan, catalogueOf(inStock), now);
    expect(chosen(choice)).toBe("cx23 in fsn1");
    expect(noticesForChoice(wish, plan, choice)[0].text).toMatch(
      /its server, a cx23 in fsn1, is gone; the same is ordered again: €5\.99 instead of €4\.49 a month/,
    );
    const soldOut = choose(wish, plan, catalogueOf(fsn1({ available: false })), now);
    expect(noticesForChoice(wish, plan, soldOut)[0].text).toMatch(/is gone; cx23 in nbg1 is ordered instead/);
  });

  test("says that the price is the same where it is", () => {
    const plan = next({ ...cx23, monthlyCost: { ...cx23.monthlyCost, total: "5.99" } });
    const choice = choose(wish, plan, catalogueOf(inStock), now);
    expect(noticesForChoice(wish, plan, choice)[0].text).toMatch(
      /cx23 in nbg1, .* is tried: €5\.99 a month, as before\./,
    );
  });
});

describe("whatever is wished for and offered", () => {
  const names = ["t1", "t2", "t3", "t4"];
  const at = LOCATIONS;
  const price = fc
    .integer({ min: 0, max: 5000 })
    .map((cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`);
  const offer: fc.Arbitrary<LocationOffer> = fc.record(
    {
      available: fc.boolean(),
      until: fc.constantFrom(new Date("2026-01-01"), new Date("2028-01-01")),
      price,
    },
    { requiredKeys: ["available"] },
  );
  const type = fc.record({
    disk: fc.constantFrom(20, 40, 80),
    made: fc.boolean(),
    locations: fc.dictionary(fc.constantFrom(...at), offer, { noNullPrototype: true }),
  });
  const offers = fc.dictionary(fc.constantFrom(...names), type, { noNullPrototype: true }).map(freeCatalogue);
  const wishes: fc.Arbitrary<Wish> = fc.record({
    host: fc.constant("il"),
    serverTypes: fc.shuffledSubarray(names, { minLength: 1 }),
    locations: fc.shuffledSubarray(at, { minLength: 1 }),
    ipv4: fc.boolean(),
  });
  const earlier: fc.Arbitrary<Earlier> = fc
    .record({ serverType: fc.constantFrom(...names), location: fc.constantFrom(...at), ipv4: fc.boolean() })
    .map((some) => ({ ...cx23, ...some }));
  const existing: fc.Arbitrary<ExistingServer> = fc.record({
    serverType: fc.constantFrom(...names),
    location: fc.constantFrom(...at),
    disk: fc.constantFrom(20, 40, 80),
    status: fc.constantFrom("running", "off", "initializing"),
  });
  const found = fc.oneof(fc.constant("none" as const), existing);

  /** Said differently than the code does it. */
  function orderable(
    catalogue: ReturnType<typeof freeCatalogue>,
    serverType: string,
    location: string,
  ): boolean {
    const type = catalogue.types.get(serverType);
    const offer = type?.locations.get(location);
    return (
      !!offer?.available &&
      offer.price !== undefined &&
      !(offer.until && offer.until.getTime() <= now.getTime())
    );
  }

  test("the first that can be ordered is chosen, and a failure means that none can", () => {
    fc.assert(
      fc.property(wishes, offers, (wish, catalogue) => {
        const possible = candidates(wish).filter((one) => orderable(catalogue, one.serverType, one.location));
        if (!possible.length) {
          const { message } = failureOf(() => choose(wish, { step: "choose" }, catalogue, now));
          wish.serverTypes.forEach((type) => expect(message).toContain(type));
          return;
        }
        expect(choose(wish, { step: "choose" }, catalogue, now).decision).toMatchObject(possible[0]);
      }),
      { numRuns: 500 },
    );
  });

  test("a decision whose server is there and wanted is never touched", () => {
    fc.assert(
      fc.property(wishes, earlier, fc.boolean(), (wish, before, seen) => {
        const found = seen ? { ...server, ...placeOf(before) } : "unknown";
        fc.pre(wish.serverTypes.includes(before.serverType) && wish.locations.includes(before.location));
        expect(planChoice(wish, before, found)).toEqual({ step: "keep", from: before });
        const { ipv4, ...decision } = before;
        expect(keep(before, { ...wish, ipv4 })).toEqual(decision);
      }),
    );
  });

  test("what is there and wanted stays, whatever was decided, and needs no price but its own", () => {
    fc.assert(
      fc.property(wishes, earlier, existing, (wish, before, found) => {
        fc.pre(wish.serverTypes.includes(found.serverType) && wish.locations.includes(found.location));
        const plan = planChoice(wish, before, found) as Extract<Plan, { step: "keep" }>;
        expect(plan.step).toBe("keep");
        const prices = freeCatalogue({
          [found.serverType]: {
            disk: 40,
            locations: { [found.location]: { available: false, price: "7.00" } },
          },
        });
        const decision = keep(plan.from, wish, needsPrices(wish, plan.from) ? prices : undefined);
        expect(decision).toMatchObject(placeOf(found));
        const same = found.serverType === before.serverType && found.location === before.location;
        expect(decision.monthlyCost.server).toBe(same ? before.monthlyCost.server : "7.00");
        expect(noticesForDifferentServer(wish, before, decision)).toHaveLength(same ? 0 : 1);
        const again = planChoice(wish, { ...decision, ipv4: wish.ipv4 }, found);
        expect(keep((again as typeof plan).from, wish)).toEqual(decision);
      }),
    );
  });

  test("a server changes its location only when the user took it out of the list", () => {
    fc.assert(
      fc.property(wishes, earlier, offers, existing, (wish, before, catalogue, found) => {
        const plan = planChoice(wish, before, found);
        fc.pre(plan.step !== "keep");
        let decision: Decision;
        try {
          decision = choose(wish, plan, catalogue, now).decision;
        } catch (error) {
          expect(error).toBeInstanceOf(HetznerError);
          return;
        }
        if (decision.location !== found.location) expect(wish.locations).not.toContain(found.location);
        else expect(catalogue.types.get(decision.serverType)!.disk).toBeGreaterThanOrEqual(found.disk);
      }),
      { numRuns: 500 },
    );
  });

  test("an order that came to nothing leads on to what costs more only where the catalogue says why", () => {
    fc.assert(
      fc.property(wishes, offers, fc.nat({ max: 5 }), (wish, catalogue, runs) => {
        const possible = candidates(wish).filter((one) => orderable(catalogue, one.serverType, one.location));
        fc.pre(possible.length > 0);
        let before = choose(wish, { step: "choose" }, catalogue, now).decision;
        const first = Number(before.monthlyCost.total);
        const tried = new Set([`${before.serverType} in ${before.location}`]);
        let cameToNothing: Choice["cameToNothing"];
        for (let run = 0; run < runs; run++) {
          const plan = planChoice(wish, { ...before, ipv4: wish.ipv4, cameToNothing }, "none");
          const choice = choose(wish, plan as Extract<Plan, { step: "choose-next" }>, catalogue, now);
          expect(Number(choice.decision.monthlyCost.total)).toBeLessThanOrEqual(first);
          tried.add(chosen(choice));
          before = choice.decision;
          cameToNothing = choice.cameToNothing;
        }
        expect(tried.size).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });

  test("an order that came to nothing and cannot be had is followed by the next that can, whatever it costs", () => {
    fc.assert(
      fc.property(wishes, earlier, offers, (wish, before, catalogue) => {
        fc.pre(wish.serverTypes.includes(before.serverType) && wish.locations.includes(before.location));
        fc.pre(!orderable(catalogue, before.serverType, before.location));
        const all = candidates(wish);
        const at = all.findIndex(
          ({ serverType, location }) => serverType === before.serverType && location === before.location,
        );
        const inTurn = [...all.slice(at + 1), ...all.slice(0, at)];
        const next = inTurn.find((one) => orderable(catalogue, one.serverType, one.location));
        fc.pre(next !== undefined);
        const plan = planChoice(wish, before, "none") as Extract<Plan, { step: "choose-next" }>;
        expect(choose(wish, plan, catalogue, now).decision).toMatchObject(next);
      }),
    );
  });

  test("every choice's total is the exact sum of its parts, and what it says names the host", () => {
    fc.assert(
      fc.property(
        wishes,
        fc.option(earlier, { nil: undefined }),
        found,
        offers,
        (wish, before, found, catalogue) => {
          const plan = planChoice(wish, before, found);
          fc.pre(plan.step !== "keep");
          const open = plan;
          let choice: Choice;
          try {
            choice = choose(wish, open, catalogue, now);
          } catch (error) {
            expect((error as Error).message).toContain("il");
            return;
          }
          const { server, ipv4, total } = choice.decision.monthlyCost;
          expect(ipv4).toBe(wish.ipv4 ? "0.50" : "0.00");
          const inCents = (amount: string) => BigInt(amount.replace(".", ""));
          expect(inCents(total)).toBe(inCents(server) + inCents(ipv4));
          noticesForChoice(wish, open, choice).forEach(({ text }) => expect(text).toMatch(/^il: /));
        },
      ),
      { numRuns: 300 },
    );
  });
});
