import { HOST_KEYS, STACK_KEYS } from "../../settings/keys";
import { foreignKey } from "../../settings/foreign-words";
import { type Given, INVENTORY, load, problemsOf } from "./project";

const ee = (lines: string): Given => ({ toml: `${INVENTORY}${lines}\n` });
const hostOf = (given: Given, name = "ee") => load(given).hosts.find((host) => host.name === name)!;
/** What is wrong, and what to do. */
const said = (given: Given) => problemsOf(given).map(({ key, what, next }) => [key, what, next]);

const TAKE = (key: string) => `delete ${key} in labels of [hosts.ee] in hosts.toml`;
const WRITE = (key: string, value: string) =>
  `write ${key} = "${value}" in labels of [hosts.ee] in hosts.toml`;

describe("labels of a host", () => {
  test("are none where nothing is said", () => {
    expect(hostOf({})).toMatchObject({ labels: {}, taints: {} });
  });

  test.each([
    ["inline", `labels = { "example.org/disk" = "ssd", tier = "" }`],
    ["as a table", `[hosts.ee.labels]\n"example.org/disk" = "ssd"\ntier = ""`],
  ])("are read %s", (_, lines) =>
    expect(hostOf(ee(lines)).labels).toEqual({ "example.org/disk": "ssd", tier: "" }),
  );

  test.each([
    "disk",
    "a",
    "example.org/Disk_1.x",
    `${"a.".repeat(126)}b/${"x".repeat(63)}`,
    "node-role.kubernetes.io/ingress",
    "node-role.kubernetes.io/control-plane",
    "node-restriction.kubernetes.io/pii",
    "team.node-restriction.kubernetes.io/pii",
    "topology.kubernetes.io/zone",
    "node.kubernetes.io/exclude-from-external-load-balancers",
    "notkubernetes.io/x",
  ])("may have the key %s", (key) =>
    expect(hostOf(ee(`labels = { "${key}" = "x" }`)).labels).toEqual({ [key]: "x" }),
  );

  test.each([
    ["-disk", "not a name that Kubernetes takes", "disk"],
    ["my disk", "not a name that Kubernetes takes", "my-disk"],
    ["Example.Org/disk", '"Example.Org" before / is no domain', "example.org/disk"],
    ["example.org/a/b", "more than one /", "example.org/a-b"],
    ["x".repeat(64), "the name has 64 letters", undefined],
    ["example.org/", "not a name that Kubernetes takes", undefined],
    ["", "not a name that Kubernetes takes", undefined],
    ["kubernetes.io/hostname", "labels of kubernetes.io belong to Kubernetes", undefined],
    ["node.kubernetes.io/anything", "labels of node.kubernetes.io belong to Kubernetes", undefined],
    ["x.k8s.io/y", "labels of x.k8s.io belong to Kubernetes", undefined],
    [
      "topology.kubernetes.io/zones",
      "labels of topology.kubernetes.io belong to Kubernetes",
      "topology.kubernetes.io/zone",
    ],
    [
      "failure-domain.beta.kubernetes.io/zone",
      "labels of failure-domain.beta.kubernetes.io belong to Kubernetes",
      "topology.kubernetes.io/zone",
    ],
    [
      "beta.kubernetes.io/instance-type",
      "labels of beta.kubernetes.io belong to Kubernetes",
      "node.kubernetes.io/instance-type",
    ],
  ])("may not have the key %j", (key, what, meant) => {
    const bare = /^[\w-]+$/.test(key) ? key : `"${key}"`;
    const remove = TAKE(bare);
    const next = meant ? `did you mean "${meant}"? Rename it, or take it out: ${remove}` : remove;
    expect(said(ee(`labels = { "${key}" = "x" }`))).toEqual([[`hosts.ee.labels.${bare}`, what, next]]);
  });

  test.each([
    [
      '"two words"',
      "not a value that Kubernetes takes",
      `did you mean "two-words"? ${WRITE("disk", "two-words")}`,
    ],
    ['"-"', "not a value that Kubernetes takes", WRITE("disk", "ssd")],
    [`"${"x".repeat(64)}"`, "a value of 64 letters", WRITE("disk", "ssd")],
    ["true", "not text", WRITE("disk", "true")],
    ["4", "not text", WRITE("disk", "4")],
    ["[]", "not text", WRITE("disk", "ssd")],
  ])("may not have the value %s", (value, what, next) =>
    expect(said(ee(`labels = { disk = ${value} }`))).toEqual([["hosts.ee.labels.disk", what, next]]),
  );

  test("whose key has dots and no quotes are told to have them", () => {
    expect(said(ee(`labels = { example.org = "ssd" }`))).toEqual([
      [
        "hosts.ee.labels.example",
        "a table: a dot in a key begins one, where the key has no quotes",
        'put the whole key in quotes: "example.org"',
      ],
    ]);
  });

  test("are no list", () => {
    expect(said(ee(`labels = ["disk=ssd"]`))).toEqual([
      ["hosts.ee.labels", "not a table", "write a table there instead of the value"],
    ]);
  });

  test("of several mistakes all are told", () => {
    expect(said(ee(`labels = { "kubernetes.io/os" = "x", disk = 4 }`))).toHaveLength(2);
  });
});

describe("taints of a host", () => {
  test("are values by key and effect", () => {
    const taints = [
      ...["dedicated=database:NoSchedule", "dedicated=database:NoExecute", "spot:PreferNoSchedule"],
      ...["example.org/gpu=:NoSchedule", "node-role.kubernetes.io/ingress:NoSchedule"],
    ];
    expect(hostOf(ee(`taints = ${JSON.stringify(taints)}`)).taints).toEqual({
      "dedicated:NoSchedule": "database",
      "dedicated:NoExecute": "database",
      "spot:PreferNoSchedule": "",
      "example.org/gpu:NoSchedule": "",
      "node-role.kubernetes.io/ingress:NoSchedule": "",
    });
  });

  test("may be an empty list", () => expect(hostOf(ee("taints = []")).taints).toEqual({}));

  const list = (...taints: string[]) =>
    `write taints = ${JSON.stringify(taints)} under [hosts.ee] in hosts.toml`;
  const meant = (taint: string) => `did you mean "${taint}"? ${list(taint)}`;

  test.each<[string, string, string]>([
    ["dedicated=database", "it has no effect", meant("dedicated=database:NoSchedule")],
    ["dedicated=db:noschedule", 'there is no effect "noschedule"', meant("dedicated=db:NoSchedule")],
    ["dedicated:NoSchedule-", 'there is no effect "NoSchedule-"', meant("dedicated:NoSchedule")],
    ["dedicated:Evict", 'there is no effect "Evict"', list()],
    [":NoSchedule", "its key: not a name that Kubernetes takes", list()],
    ["a=b=c:NoSchedule", "its value: not a value that Kubernetes takes", meant("a=b-c:NoSchedule")],
    ["a b:NoSchedule", "its key: not a name that Kubernetes takes", meant("a-b:NoSchedule")],
    ["node.kubernetes.io/not-ready:NoExecute", "taints of node.kubernetes.io belong to Kubernetes", list()],
    [
      "node-restriction.kubernetes.io/x:NoExecute",
      "taints of node-restriction.kubernetes.io belong to Kubernetes",
      list(),
    ],
    [
      "node-role.kubernetes.io/control-plane:NoSchedule",
      "the master gets it by a setting: pulumi config set --stack dev kluster:allowSchedulingOnMaster false",
      list(),
    ],
  ])("may not be %s", (taint, what, next) =>
    expect(said(ee(`taints = ["${taint}"]`))).toEqual([["hosts.ee.taints", what, next]]),
  );

  test("stand once, whatever their value", () => {
    expect(said(ee(`taints = ["a=b:NoSchedule", "a=c:NoSchedule", "a=b:NoExecute"]`))).toEqual([
      ["hosts.ee.taints", "it is there twice", list("a=b:NoSchedule", "a=b:NoExecute")],
    ]);
  });

  test("are texts", () => {
    expect(said(ee(`taints = [{ key = "a", effect = "NoSchedule" }]`))).toEqual([
      ["hosts.ee.taints", "not a list of texts", list("dedicated=database:NoSchedule")],
    ]);
  });
});

describe("the master", () => {
  const closed = { config: { allowSchedulingOnMaster: "false" } };

  test("takes pods, unless it is told not to: then it has kubeadm's taint", () => {
    expect(hostOf({}, "il").taints).toEqual({});
    expect(hostOf(closed, "il").taints).toEqual({ "node-role.kubernetes.io/control-plane:NoSchedule": "" });
    expect(hostOf(closed, "ee").taints).toEqual({});
  });

  test("is not told so by anything but true and false", () => {
    expect(said({ config: { allowSchedulingOnMaster: "no" } })).toEqual([
      [
        "kluster:allowSchedulingOnMaster",
        "neither true nor false",
        "pulumi config set --stack dev kluster:allowSchedulingOnMaster false",
      ],
    ]);
  });
});

describe("pods of the cluster's DNS", () => {
  const what = "no host is left for the pods of the cluster's DNS";
  const alone = `[kluster]\nmaster = "il"\n[hosts.il]\nhost = "192.168.56.11"\n`;

  test("need a host beside a master that takes none", () => {
    expect(said({ toml: alone, config: { allowSchedulingOnMaster: false } })).toEqual([
      [
        "kluster:allowSchedulingOnMaster",
        what,
        "pulumi config set --stack dev kluster:allowSchedulingOnMaster true",
      ],
    ]);
  });

  test("need one without such taints", () => {
    expect(said({ toml: `${alone}taints = ["a=b:NoSchedule", "c:PreferNoSchedule"]` })).toEqual([
      [
        "hosts.il.taints",
        what,
        'write taints = ["a=b:PreferNoSchedule","c:PreferNoSchedule"] under [hosts.il] in hosts.toml',
      ],
    ]);
  });

  test("need both gone where both are in their way", () => {
    const both = { toml: `${alone}taints = ["a=b:NoSchedule"]`, config: { allowSchedulingOnMaster: false } };
    expect(said(both)).toEqual([
      [
        "kluster:allowSchedulingOnMaster",
        what,
        "pulumi config set --stack dev kluster:allowSchedulingOnMaster true",
      ],
      ["hosts.il.taints", what, 'write taints = ["a=b:PreferNoSchedule"] under [hosts.il] in hosts.toml'],
    ]);
  });

  test.each([
    "a:PreferNoSchedule",
    "CriticalAddonsOnly:NoSchedule",
    "node-role.kubernetes.io/master:NoSchedule",
  ])("run where there is the taint %s", (taint) =>
    expect(hostOf({ toml: `${alone}taints = ["${taint}"]` }, "il").taints).toEqual({ [taint]: "" }),
  );
});

test.each([
  ["node_labels", HOST_KEYS, "labels"],
  ["nodeTaints", HOST_KEYS, "taints"],
  ["allowSchedulingOnControlPlanes", STACK_KEYS, "allowSchedulingOnMaster"],
  ["schedule_workloads_on_masters", STACK_KEYS, "allowSchedulingOnMaster"],
])("%s is another tool's word", (word, keys, key) => expect(foreignKey(word, keys)).toBe(key));
