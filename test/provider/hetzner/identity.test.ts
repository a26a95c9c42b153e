import * as fc from "fast-check";
import { Evidence, HostRecord, identify, Sign } from "../../../provider/hetzner/identity";
import { noticesForLabels, undecided } from "../../../provider/hetzner/identity-notices";
import { ApiServer } from "../../../provider/hetzner/servers";

const record: HostRecord = {
  stackIdentity: "0123456789abcdef",
  host: "ee",
  name: "kluster-dev-ee",
  address: "10.64.0.12",
  server: 7,
};
const NETWORK = 99;
type Signs = Partial<Record<Sign, boolean>>;

/** A server of which these signs speak for the host, and nothing else. */
function serverWith(signs: Signs, more: Partial<ApiServer> = {}): ApiServer {
  return {
    id: signs.id ? 7 : 8,
    name: signs.name ? "kluster-dev-ee" : "mine",
    status: "running",
    labels: {
      ...(signs["stack label"] ? { "kluster-stack": record.stackIdentity } : {}),
      ...(signs["host label"] ? { "kluster-host": "ee" } : {}),
    },
    private_net: signs["private address"] ? [{ network: NETWORK, ip: "10.64.0.12" }] : [],
    primary_disk_size: 40,
    server_type: { name: "cx23" },
    location: { name: "fsn1" },
    ...more,
  };
}

function evidence(servers: ApiServer[], assigned?: number): Evidence {
  const address = { id: 20, name: "kluster-dev-ee-ipv6-fsn1", assignee_id: assigned ?? null };
  return { servers, publicAddresses: [address], networks: [NETWORK] };
}

const ALL: Sign[] = ["id", "stack label", "host label", "name", "public address", "private address"];
const those = (...signs: Sign[]): Signs => Object.fromEntries(signs.map((sign) => [sign, true]));
const judge = (signs: Signs, of: HostRecord = record, more: Partial<ApiServer> = {}) => {
  const server = serverWith(signs, more);
  return identify(of, evidence([server], signs["public address"] ? server.id : undefined)).is;
};

describe("one server", () => {
  test.each<[string, Sign[], ReturnType<typeof judge>]>([
    ["everything", ALL, "ours"],
    ["its id alone, all else taken away", ["id"], "ours"],
    ["everything but its labels", ["name", "public address", "private address"], "ours"],
    ["its labels, under another name", ["stack label", "host label"], "ours"],
    ["the stack's label and its name", ["stack label", "name"], "ours"],
    ["its name and its private address", ["name", "private address"], "ours"],
    ["its addresses", ["public address", "private address"], "ours"],
    ["its name alone", ["name"], "doubtful"],
    ["its public address alone", ["public address"], "doubtful"],
    ["its private address alone", ["private address"], "doubtful"],
    ["the stack's label alone", ["stack label"], "absent"],
    ["a host's label alone", ["host label"], "absent"],
    ["nothing", [], "absent"],
  ])("with %s", (_, signs, expected) => {
    expect(judge(those(...signs))).toBe(expected);
  });

  test("that is just being deleted is none, whatever it has", () => {
    expect(judge(those(...ALL), record, { status: "deleting" })).toBe("absent");
  });

  test.each<[string, Partial<ApiServer>, Sign[], ReturnType<typeof judge>]>([
    ["another stack's, with the name", { labels: { "kluster-stack": "f".repeat(16) } }, ["name"], "doubtful"],
    [
      "another stack's, of a host of the same name",
      { labels: { "kluster-stack": "f".repeat(16), "kluster-host": "ee" } },
      [],
      "absent",
    ],
    [
      "another host's, with the private address",
      { labels: { "kluster-stack": record.stackIdentity, "kluster-host": "sam" } },
      ["private address"],
      "absent",
    ],
    [
      "another host's by its label, and this one's by all else",
      { labels: { "kluster-stack": record.stackIdentity, "kluster-host": "sam" } },
      ["name", "public address", "private address"],
      "doubtful",
    ],
    [
      "another host's by its label, and this one's by its id",
      { labels: { "kluster-stack": record.stackIdentity, "kluster-host": "sam" } },
      ["id"],
      "ours",
    ],
  ])("that is %s", (_, more, signs, expected) => {
    expect(judge(those(...signs), record, more)).toBe(expected);
  });

  test("in another network with the same addresses has none of them", () => {
    expect(judge({}, record, { private_net: [{ network: 1, ip: "10.64.0.12" }] })).toBe("absent");
  });
});

describe("two servers", () => {
  const two = (one: Signs, other: Signs, of: HostRecord = { ...record, server: undefined }) => {
    const servers = [serverWith(one, { id: one.id ? 7 : 1 }), serverWith(other, { id: 2 })];
    const assigned = one["public address"] ? servers[0].id : other["public address"] ? 2 : undefined;
    const found = identify(of, evidence(servers, assigned));
    return found.is === "ours" ? found.claim.server.id : found.is;
  };

  test.each<[string, Sign[], Sign[], number | "doubtful"]>([
    ["the id outweighs a copy with all the rest", ["id"], ALL.slice(1), 7],
    [
      "more signs outweigh fewer",
      ["name", "public address", "private address"],
      ["stack label", "host label"],
      1,
    ],
    ["one sign does not count beside many", ["stack label", "host label", "public address"], ["name"], 1],
    [
      "as many on both sides are no answer",
      ["stack label", "host label"],
      ["name", "private address"],
      "doubtful",
    ],
    ["one sign each is no answer", ["name"], ["private address"], "doubtful"],
  ])("%s", (_, one, other, expected) => {
    expect(two(those(...one), those(...other), record)).toBe(expected);
  });
});

describe("whatever is taken away from a host's server", () => {
  const signs: fc.Arbitrary<Signs> = fc.record(
    Object.fromEntries(ALL.map((sign) => [sign, fc.boolean()])) as Record<Sign, fc.Arbitrary<boolean>>,
  );
  const stranger = fc.record({
    id: fc.integer({ min: 1000, max: 2000 }),
    name: fc.constantFrom("mine", "kluster-dev-sam", "kluster-other-ee"),
    labels: fc.constantFrom<Record<string, string>>(
      {},
      { "kluster-host": "ee" },
      { "kluster-stack": "f".repeat(16), "kluster-host": "ee" },
      { "kluster-stack": record.stackIdentity, "kluster-host": "sam" },
    ),
    private_net: fc.constantFrom<{ network: number; ip: string }[]>(
      [],
      [{ network: 1, ip: "10.64.0.12" }],
      [{ network: NETWORK, ip: "10.64.0.13" }],
    ),
  });
  const strangers = fc
    .uniqueArray(stranger, { selector: ({ id }) => id, maxLength: 4 })
    .map((many) => many.map((more) => serverWith({}, more)));

  test("it is never taken for absent as long as one sign points to it", () => {
    fc.assert(
      fc.property(signs, strangers, fc.boolean(), (left, others, idNoted) => {
        const seen = idNoted ? left : { ...left, id: false };
        const labelled = seen["stack label"] && seen["host label"];
        const points = seen.id || seen.name || seen["public address"] || seen["private address"] || labelled;
        fc.pre(!!points);
        const server = serverWith(seen);
        const found = identify(
          idNoted ? record : { ...record, server: undefined },
          evidence([...others, server], seen["public address"] ? server.id : undefined),
        );
        expect(found.is).not.toBe("absent");
        if (found.is === "ours") expect(found.claim.server).toBe(server);
      }),
      { numRuns: 500 },
    );
  });

  test("any two signs are enough to know it among strangers", () => {
    fc.assert(
      fc.property(fc.subarray(ALL.slice(1), { minLength: 2 }), strangers, (left, others) => {
        const server = serverWith(those(...left));
        const assigned = left.includes("public address") ? server.id : undefined;
        expect(identify(record, evidence([...others, server], assigned))).toMatchObject({
          is: "ours",
          claim: { server, signs: expect.arrayContaining(left) },
        });
      }),
    );
  });

  test("with its id, it is known whatever else there is", () => {
    fc.assert(
      fc.property(signs, signs, strangers, (left, copy, others) => {
        const server = serverWith({ ...left, id: true });
        const twin = serverWith({ ...copy, id: false });
        expect(identify(record, evidence([...others, twin, server], twin.id))).toMatchObject({
          is: "ours",
          claim: { server },
        });
      }),
    );
  });

  test("strangers alone are never taken for it", () => {
    fc.assert(
      fc.property(strangers, (others) => {
        expect(identify(record, evidence(others)).is).toBe("absent");
      }),
    );
  });
});

test("what has lost its labels is said with the signs that it is known by, and the way to put them back", () => {
  const server = serverWith(those("id", "name", "private address"));
  const found = identify(record, evidence([server]));
  if (found.is !== "ours") throw new Error("not known");
  expect(noticesForLabels(record, found.claim)).toEqual([
    {
      severity: "warning",
      text:
        "ee: its server kluster-dev-ee (id 7) has lost its label kluster-stack and label kluster-host, and is known by its id, name, private address: it stays. " +
        "`pulumi refresh` and then `pulumi up` put the labels back, or: hcloud server add-label --overwrite kluster-dev-ee kluster-stack=0123456789abcdef kluster-host=ee. " +
        "`pulumi destroy` does not delete it without them.",
    },
  ]);
});

test("what cannot be told is refused with every sign", () => {
  const claims = identify(record, evidence([serverWith({ name: true })]));
  if (claims.is !== "doubtful") throw new Error("told");
  expect(undecided(record, claims.claims).message).toBe(
    "Which server is ee's cannot be told, so nothing is ordered for it and nothing is changed:\n" +
      "- the server kluster-dev-ee (id 8) has its name, and not its stack label, host label, public address, private address\n" +
      "If one of them is ee's, give it back its labels: hcloud server add-label --overwrite kluster-dev-ee kluster-stack=0123456789abcdef kluster-host=ee. " +
      "What is not, needs another name, and ee's addresses taken from it. Then run this again.",
  );
});
