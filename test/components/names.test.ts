import before from "../fixtures/names/before-logical-names.json";
import { HostSettings } from "../../settings/cluster";
import { Registered, registered } from "../support/mocks";
import { exampleSettings, hetznerSettings } from "../support/settings";

const KINDS = ["virtualbox", "hetzner"] as const;

interface Variant {
  /** Name of the stack. */
  stack?: string;
  /** Names of the hosts, the first one the master. */
  hosts?: string[];
  /** What an earlier run has left in the state. */
  before?: Registered[];
}

/** A cluster of a kind with WireGuard, so that there is everything that could be. */
function cluster(kind: (typeof KINDS)[number], variant: Variant = {}): Promise<Registered[]> {
  const {
    hosts: examples,
    provider,
    ...settings
  } = kind === "hetzner" ? hetznerSettings() : exampleSettings();
  const { stack = settings.stack, hosts: names = examples.map(({ name }) => name) } = variant;
  const network = kind === "hetzner" ? "10.64.0" : "192.168.56";
  const hosts = names.map((name, i): HostSettings => ({
    ...examples[i === 0 ? 0 : 1],
    name,
    address: `${network}.${11 + i}`,
    nodeAddress: `10.65.0.${11 + i}`,
    labels: { marked: "" },
  }));
  const hardware: Record<string, object> = provider.hosts;
  const wanted = {
    ...settings,
    ...{ stack, master: names[0], hosts },
    provider: {
      ...provider,
      hosts: Object.fromEntries(names.map((name) => [name, hardware[name] ?? hardware.il])),
    },
    wireguard: { cidr: "10.65.0.0/24", port: 51820 },
  };
  const program = () => {
    const { Cluster } = require("../../components/cluster");
    new Cluster("/cluster", wanted);
  };
  return registered(program, false, { "hcloud:token": "t".repeat(64) }, variant.before);
}

const urnsOf = (found: Registered[]) => found.map(({ urn }) => urn);
const twice = (all: string[]) => all.filter((one, i) => all.indexOf(one) !== i);

/** What names that are made of others' could be taken for. */
const NASTY = [
  "x",
  "x-boot",
  "api",
  "dns",
  "ready",
  "membership",
  "x-ready",
  "operator",
  "cluster",
  "x-boot-boot",
];

describe.each(KINDS)("the resources of a cluster of hosts with unlucky names (%s)", (kind) => {
  let found: Registered[];
  beforeAll(async () => {
    found = await cluster(kind, { hosts: NASTY });
  });

  test("have each a URN of its own", () => {
    expect(twice(urnsOf(found))).toEqual([]);
  });

  test("have the same URNs whichever other hosts there are", async () => {
    const few = await cluster(kind, { hosts: NASTY.slice(0, 2) });
    expect(urnsOf(few).filter((urn) => !urnsOf(found).includes(urn))).toEqual([]);
  });

  test("claim nothing that another claims", () => {
    const claims = found.flatMap(({ name, urn, formerly }) =>
      [...new Set([name, ...formerly])].map((claimed) => urn.slice(0, -name.length) + claimed),
    );
    expect(twice(claims)).toEqual([]);
  });

  // Pulumi replaces the parent's name in its child's by the parent's former one, and claims what has the result.
  test("have no name that begins with that of a resource which had another name", () => {
    const renamed = found.filter(({ formerly }) => formerly.length > 0).map(({ name }) => name);
    const inherited = found.filter(({ name }) =>
      renamed.some((parent) => name !== parent && name.startsWith(parent)),
    );
    expect(inherited).toEqual([]);
  });
});

describe.each(KINDS)("the resources of a cluster that exists (%s)", (kind) => {
  test("are all that a state has from before names were injective, each by the name that it has there", async () => {
    // The token that nodes joined with is not needed any more.
    const state = before[kind].filter((resource: string) => !resource.endsWith("JoinToken join-token"));
    const older = (await cluster(kind)).filter(
      ({ type, name }) =>
        !/:(Attempt|LabelsAndTaints|Hosts|Certificates|ServiceAccountKey|EncryptionKey|AccessRules)$/.test(
          type,
        ) &&
        !/:(TrustInPods|Trust|LoginKeys|RemovedApis|SnapshotKey|Snapshot)$/.test(type) &&
        !/^\/(etcd|front-proxy)-authority$/.test(name), // those came later
    );
    const continued = older.map(({ type, name, formerly }) => {
      // The engine looks for the present name first.
      const known = [name, ...formerly].map((candidate) => `${type} ${candidate}`);
      return known.find((candidate) => state.includes(candidate)) ?? `new: ${type} ${name}`;
    });
    expect(continued.sort()).toEqual(state);
  });

  test("stay what they are when the stack is renamed, down to every input", async () => {
    const first = await cluster(kind, { stack: "first" });
    const renamed = await cluster(kind, { stack: "renamed", before: first });
    const inputs = (found: Registered[]) => Object.fromEntries(found.map(({ urn, inputs }) => [urn, inputs]));
    const [then, now] = [inputs(first), inputs(renamed)];
    // What is only said to people, who know the stack by its present name; the provider ignores that it changes.
    for (const urn of urnsOf(renamed).filter((urn) => urn.endsWith("hetzner:Cleanup::/cleanup"))) {
      expect(now[urn].stack).toBe("renamed");
      then[urn].stack = "renamed";
    }
    expect(now).toEqual(then);
  });

  test("are named after the stack's first name when they join after it was renamed", async () => {
    const first = await cluster(kind, { stack: "first" });
    const hosts = ["il", "ee", "sam", "gandalf"];
    const found = await cluster(kind, { stack: "renamed", hosts, before: first });
    const comments = found.flatMap(({ type, inputs }) =>
      type.endsWith("ssh:KeyPair") ? [inputs.comment] : [],
    );
    expect(comments).toEqual(expect.arrayContaining(["kluster-first", "sam.first", "gandalf.first"]));
    expect(comments.join()).not.toContain("renamed");
  });
});

test("the key of x's first boot leaves the lasting key of a host x-boot alone", async () => {
  const formerly = async (...hosts: string[]) =>
    (await cluster("hetzner", { hosts })).find(({ name }) => name === "x/boot")!.formerly;
  expect(await formerly("x", "y")).toEqual(["x-boot"]);
  expect(await formerly("x", "x-boot")).toEqual([]);
});
