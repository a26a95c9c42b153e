import { parse, stringify, type JsonMap } from "@iarna/toml";
import * as fc from "fast-check";
import { type Problem } from "../../settings";
import { atHetzner, type Given, load, problemsOf } from "./project";

/** Where a command's change goes, and what it makes of it; nothing of it stays for a removal. */
interface Act {
  place: "stack" | "inventory";
  path: string[];
  value?: unknown;
}

interface Project {
  config: Record<string, unknown>;
  inventory: JsonMap;
}

const STACK =
  /^pulumi config (?:set|rm) --stack dev (?:--path )?'?kluster:([\w.]+)'?(?: (?:'([^']*)'|(\S+)))?/;
const WRITE = /^write ("[^"]*"|[\w-]+) = (.+?)(?: (?:under|in (labels) of) \[([^\]]+)\])? in hosts\.toml/;
const DELETE = /^delete ("[^"]*"|[\w-]+)(?: (?:under|in (labels) of) \[([^\]]+)\])? in hosts\.toml/;

/** What a user can do by following the advice literally, each way of its own; none where it is left to the user. */
function actsOf({ next }: Problem): Act[] {
  const starts = [...next.matchAll(/pulumi config (?:set|rm)|write |delete /g)].map(({ index }) => index);
  const acts = starts.flatMap((start) => actAt(next.slice(start)) ?? []);
  // Another kind of machines, offered as the second way, has other rules for everything.
  return acts.filter(({ path }, index) => index === 0 || path[0] !== "provider");
}

function actAt(text: string): Act | undefined {
  const stack = STACK.exec(text);
  if (stack) {
    const value = stack[2] ?? stack[3];
    if (value !== undefined && /^[A-Z]+$/.test(value)) return undefined; // a place for what only the user knows
    return {
      place: "stack",
      path: stack[1].split("."),
      value: text.includes("config rm") ? undefined : value,
    };
  }
  const write = WRITE.exec(text);
  const within = (inner?: string, table?: string) => [
    ...(table?.split(".") ?? []),
    ...(inner ? [inner] : []),
  ];
  if (write) {
    const value = (parse(`x = ${write[2]}`) as { x: unknown }).x;
    return { place: "inventory", path: [...within(write[3], write[4]), bare(write[1])], value };
  }
  const remove = DELETE.exec(text);
  return remove
    ? { place: "inventory", path: [...within(remove[2], remove[3]), bare(remove[1])] }
    : undefined;
}

const bare = (key: string) => key.replace(/"/g, "");

function follow(project: Project, { place, path, value }: Act): Project {
  const next = structuredClone(project);
  const top = place === "stack" ? next.config : next.inventory;
  const table = path.slice(0, -1).reduce<Record<string, unknown>>((at, key) => {
    if (typeof at[key] === "string") at[key] = JSON.parse(at[key]);
    return (at[key] ??= {}) as Record<string, unknown>;
  }, top);
  if (value === undefined) delete table[path.at(-1)!];
  else table[path.at(-1)!] = value;
  return next;
}

const given = ({ config, inventory }: Project): Given => ({
  config,
  toml: stringify(inventory),
  files: { "my.nix": "{ }" },
});

function problemsIn(project: Project): Problem[] {
  try {
    load(given(project));
    return [];
  } catch {
    return problemsOf(given(project));
  }
}

const placeOf = ({ file, key }: Problem) => `${file} ${key}`;
const placeOfAct = ({ place, path }: Act) => `${place} ${path.join(".")}`;

/** Values of a key that are right, wrong in themselves, or wrong beside others. */
const network = fc.oneof(
  fc.constantFrom(
    ...[
      "10.0.0.0/8",
      "10.0.2.0/24",
      "10.64.0.0/15",
      "10.65.0.0/24",
      "10.65.0.0/16",
      "10.96.0.0/12",
      "10.244.0.0/16",
    ],
    ...[
      "10.244.1.0/24",
      "172.16.0.0/12",
      "172.31.0.0/16",
      "192.168.0.0/16",
      "192.168.56.0/24",
      "192.168.57.0/25",
    ],
    ...[
      "10.64.0.0/24",
      "10.64.0.0/20",
      "10.200.0.0/14",
      "172.20.0.0/14",
      "192.168.56.7/24",
      "8.8.8.0/24",
      "127.0.0.0/8",
    ],
    ...["10.0.0.0", "junk", "", "10.0.0.0/33"],
  ),
  fc
    .tuple(fc.constantFrom("10", "172", "192"), fc.nat(255), fc.nat(255), fc.integer({ min: 8, max: 32 }))
    .map(([a, b, c, prefix]) => `${a}.${b}.${c}.0/${prefix}`),
);
const size = fc.constantFrom(
  "1 GB",
  "2 GB",
  "1024",
  "1500",
  "99999999",
  "many",
  1024,
  2048,
  512,
  "512 MB",
  "8192",
);
const port = fc.constantFrom("22", "0", "65536", "443", "30000", "10250", "51820", "8472", "x");
const flag = fc.constantFrom("yes", "no", "true", "false", "off", "maybe", 1);
const locations = fc.constantFrom(
  ...[
    '["fsn1"]',
    '["fsn1-dc14"]',
    '["ash"]',
    '["asj","fsn1"]',
    '["ash","hel1"]',
    "[]",
    '["fsn1","fsn1"]',
    "fsn1",
  ],
);
const access = fc.constantFrom(
  ...[
    '["203.0.113.7"]',
    '["192.168.1.5"]',
    '["203.0.113.7/24"]',
    "[]",
    '["2001:db8:1::1/48","x"]',
    '["10.0.0.1/8"]',
  ],
);
const types = fc.constantFrom('["CX-23"]', '["cax11"]', '["cx 22","CX22"]', "[]", '["?"]', '["CAX-11"]');

const shared = {
  network,
  wireguard: fc.oneof(network, flag),
  wireguardPort: port,
  pods: network,
  services: network,
  apiPort: port,
  certificateDays: fc.constantFrom("1", "365", "4000"),
  address: fc.constant("x"),
  modules: fc.constantFrom("x", "[]"),
  allowSchedulingOnMaster: flag,
  nixpkgs: fc.constantFrom('{"url":"x"}', '{"url":"https://x.org/a","sha256":"y","minimumNix":"2"}'),
};
const virtualBox = fc.record(
  {
    ...shared,
    adapter: fc.constantFrom("hostonly", "bridged", "bridgd", "x"),
    bridge: fc.constantFrom("eth0", "-x"),
    memory: size,
    cpus: fc.constantFrom("0", "2", "65"),
    disk: size,
    access,
    provider: fc.constantFrom("virtualbox", "virtualbx", "existing"),
  },
  { requiredKeys: [] },
);
const hetzner = fc
  .record(
    {
      ...shared,
      locations,
      serverTypes: types,
      access,
      ipv4: flag,
      protect: flag,
      image: fc.constantFrom("ubuntu", "debian-12"),
      memory: size,
    },
    { requiredKeys: [] },
  )
  .map((config) => atHetzner(config));

const list = (texts: fc.Arbitrary<string>) =>
  texts.map((text) => (text.startsWith("[") ? (JSON.parse(text) as string[]) : text));
const host = fc.record(
  {
    host: fc.constantFrom(
      ...[
        "192.168.56.11",
        "192.168.56.12",
        "192.168.56.1",
        "192.168.56.150",
        "10.64.0.11",
        "10.64.0.1",
        "10.64.3.7",
      ],
      ...["172.31.1.2", "10.0.2.20", "10.244.1.5", "10.200.3.7", "10.65.0.11", "192.168.1.9", "x"],
    ),
    memory: size,
    cpus: fc.constantFrom(0, "2", 2),
    locations: list(locations),
    server_types: list(types),
    ipv4: flag,
    ip: fc.constant("192.168.56.11"),
    labels: fc.dictionary(
      fc.constantFrom(
        "disk",
        "example.org/disk",
        "my disk",
        "kubernetes.io/os",
        "topology.kubernetes.io/zones",
      ),
      fc.constantFrom("ssd", "", "two words", 4, true, "-"),
      { maxKeys: 2 },
    ),
    taints: fc.array(
      fc.constantFrom(
        ...["a=b:NoSchedule", "a=c:NoSchedule", "a:NoExecute", "c:PreferNoSchedule", "a=b", "a:noexecute"],
        ...["a b:NoSchedule", "node.kubernetes.io/x:NoExecute", "CriticalAddonsOnly:NoSchedule", ":"],
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ["host"] },
);
const inventory = fc
  .tuple(
    fc.dictionary(fc.constantFrom("il", "ee", "sam", "true", "IL"), host, { minKeys: 1, maxKeys: 2 }),
    fc.nat(4),
    fc.boolean(),
  )
  .map(([hosts, at, right]) => ({
    kluster: { master: right ? Object.keys(hosts)[at % Object.keys(hosts).length] : "nobody" },
    hosts,
  }));

/** Most mistakes are few; a project in which everything is wrong says little about any of them. */
const few = (config: fc.Arbitrary<Record<string, unknown>>) =>
  fc.tuple(config, fc.array(fc.nat(), { minLength: 1, maxLength: 5 })).map(([all, picks]) => {
    const keys = Object.keys(all);
    const kept = [...new Set(picks.map((pick) => keys[pick % keys.length]))].filter((key) => key);
    return Object.fromEntries(
      [...kept, ...["provider", "access"].filter((key) => key in all)].map((key) => [key, all[key]]),
    );
  });

const project = fc.record({
  config: fc.oneof(few(virtualBox), few(hetzner)),
  inventory,
}) as fc.Arbitrary<Project>;

describe("advice passes the checks that it answers", () => {
  it("each by itself: no problem with its key is left", () => {
    fc.assert(
      fc.property(project, (project) => {
        for (const problem of problemsIn(project)) {
          for (const act of actsOf(problem)) {
            const left = problemsIn(follow(project, act)).filter((one) => placeOf(one) === placeOf(problem));
            expect({ advice: problem.next, left }).toEqual({ advice: problem.next, left: [] });
          }
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it("all together: no key that was given a value has a problem", () => {
    fc.assert(
      fc.property(project, (project) => {
        const problems = problemsIn(project);
        const acts = problems.flatMap((problem) => actsOf(problem).slice(0, 1));
        const left = problemsIn(acts.reduce(follow, project)).map(placeOf);
        const advised = problems.filter((problem) => actsOf(problem).length > 0 && problem.key !== undefined);
        expect(left.filter((place) => advised.some((problem) => placeOf(problem) === place))).toEqual([]);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  // Between two commands only what is in the files is known, so a key may be asked for twice where two settings are
  // in each other's way and either could give way. A circle would be a fault: the same advice, again and again.
  it("one after another: it comes to an end, and no key is given the same value twice", () => {
    fc.assert(
      fc.property(project, (project) => {
        const done = new Set<string>();
        for (let now = project; ;) {
          const act = problemsIn(now).flatMap((problem) => actsOf(problem).slice(0, 1))[0];
          if (!act) break;
          const given = `${placeOfAct(act)} = ${JSON.stringify(act.value)}`;
          expect([...done]).not.toContain(given);
          done.add(given);
          now = follow(now, act);
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });
});
