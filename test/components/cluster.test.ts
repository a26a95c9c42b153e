import { ClusterSettings } from "../../settings/cluster";
import { inputsOf, isSecret, Registered, registered } from "../support/mocks";
import { exampleSettings } from "../support/settings";

async function cluster(settings: ClusterSettings, preview = false): Promise<Registered[]> {
  return registered(() => {
    const { Cluster } = require("../../components/cluster");
    new Cluster(settings.stack, settings);
  }, preview);
}

const byType = (found: Registered[], type: string) => found.filter((resource) => resource.type === type);
const names = (found: Registered[], type: string) =>
  byType(found, type)
    .map(({ name }) => name)
    .sort();

const VM = "kluster-provider:virtualbox:Machine";
const INSTALLATION = "kluster-provider:nixos:Installation";
const SYSTEM = "kluster-provider:nixos:System";
const COMMAND = "command:remote:Command";

describe("a cluster of three VirtualBox machines", () => {
  let found: Registered[];
  beforeAll(async () => {
    found = await cluster(exampleSettings());
  });

  test("makes, installs and keeps a system on each machine", () => {
    for (const type of [VM, INSTALLATION, SYSTEM]) expect(names(found, type)).toEqual(["ee", "il", "sam"]);
  });

  test("evaluates the NixOS systems of all machines at once", () => {
    const [evaluation, ...others] = byType(found, "kluster-provider:nixos:Evaluation");
    expect(others).toEqual([]);
    expect(Object.keys(evaluation.inputs.machines).sort()).toEqual(["ee", "il", "sam"]);
    expect(evaluation.inputs.cluster.hosts).toEqual({
      il: "192.168.56.11",
      ee: "192.168.56.12",
      sam: "192.168.56.13",
    });
  });

  test("tells NixOS the very MAC addresses that the VM gets, one of its own for each", () => {
    const { machines } = inputsOf(found, "kluster-provider:nixos:Evaluation", "/systems");
    const macs = ["il", "ee", "sam"].flatMap((name) => {
      const vm = inputsOf(found, VM, name);
      expect(machines[name].virtualbox.macs).toEqual(vm.macs);
      return [vm.macs.egress, vm.macs.cluster];
    });
    expect(new Set(macs).size).toBe(6);
    for (const mac of macs) expect(mac).toMatch(/^08:00:27(:[0-9a-f]{2}){3}$/);
  });

  test("attaches the machines to the host-only network that there is", () => {
    expect(inputsOf(found, VM, "ee").network).toEqual({ kind: "hostonly", interface: "vboxnet7" });
  });

  test("hands each machine its own evaluated system", () => {
    for (const name of ["il", "ee", "sam"]) {
      expect(inputsOf(found, SYSTEM, name)).toMatchObject({
        storePath: `/nix/store/${name}`,
        drvPath: `/nix/store/${name}.drv`,
        identity: `instance-of-${name}`,
      });
    }
  });

  test("tells what makes a machine unavailable of the cluster around it", () => {
    for (const [type, name] of [VM, SYSTEM].flatMap((type) =>
      ["il", "ee", "sam"].map((name) => [type, name]),
    ))
      expect(inputsOf(found, type, name).rollout).toEqual({
        ...{ master: "il", address: "192.168.56.11", hostKey: inputsOf(found, VM, "il").hostKey },
        ...{ server: "https://il:6443", masterAddress: "192.168.56.11", machines: 3 },
        ...{ maxUnavailable: 1, reboot: "never" },
      });
  });

  test("gives each machine its own certificates, and no authority's private key", () => {
    const held = (name: string) => Object.keys(inputsOf(found, SYSTEM, name).secrets.value).sort();
    const own = ["ca-certificate", "certificate:kubelet", "key:kubelet"];
    expect(held("ee")).toEqual(own);
    expect(held("il")).toEqual(
      [
        ...own,
        ...["encryption-config", "etcd-ca-certificate", "front-proxy-ca-certificate"],
        ...["service-account", "service-account-key"],
      ].sort(),
    );
    for (const name of ["il", "ee", "sam"])
      expect(JSON.stringify(inputsOf(found, SYSTEM, name).secrets)).not.toMatch(/ca-key|authority/);
  });

  test("lets the cluster's authority alone sign for a machine that is no master", () => {
    const signing = (name: string) =>
      Object.keys(
        inputsOf(found, "kluster-provider:pki:Certificates", `${name}/certificates`).authorities.value,
      );
    expect(signing("ee")).toEqual(["cluster"]);
    expect(signing("il")).toEqual(["cluster", "etcd", "front-proxy"]);
  });

  test("makes nobody an administrator who cannot be unmade", () => {
    const { organization } = inputsOf(found, "kluster-provider:pki:ClientCertificate", "/administrator");
    expect(organization).toBe("kluster:administrators");
    const { objects } = inputsOf(found, "kluster-provider:kubernetes:AccessRules", "/access-rules");
    expect(objects[0]).toEqual({ kind: "ClusterRole" }); // what NixOS's modules want comes first
    const admins = objects.filter(({ roleRef }: any) => roleRef?.name === "cluster-admin");
    expect(admins.map(({ subjects }: any) => subjects)).toEqual([
      [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "kluster:administrators" }],
    ]);
  });

  test("gives a secret of the user's to the machines that ask for it, and to NixOS its name alone", async () => {
    const found = await cluster(
      exampleSettings({ secrets: { wifi: "PRIVATE-WIFI", spare: "PRIVATE-SPARE" } }),
    );
    expect(inputsOf(found, "kluster-provider:nixos:Evaluation", "/systems").cluster.secrets).toEqual([
      "wifi",
      "spare",
    ]);
    for (const type of [INSTALLATION, SYSTEM]) {
      const held = (name: string) => {
        const { secrets } = inputsOf(found, type, name);
        expect(isSecret(secrets)).toBe(true);
        return Object.keys(secrets.value).sort();
      };
      expect(held("ee")).toContain("kluster:secrets.wifi");
      expect(held("sam").filter((secret) => secret.startsWith("kluster:"))).toEqual([]);
      expect(held("ee")).not.toContain("kluster:secrets.spare");
    }
    for (const { type, name, inputs } of found)
      expect([type, name, plainText(inputs)]).toEqual([type, name, expect.not.stringMatching(/PRIVATE/)]);
  });

  test("pins the host key of every machine wherever it is spoken to", () => {
    for (const { name, inputs } of byType(found, COMMAND)) {
      expect([name, inputs.connection.value?.hostKey ?? inputs.connection.hostKey]).toEqual([
        name,
        expect.stringMatching(/^ssh-ed25519 /),
      ]);
    }
    for (const name of ["il", "ee", "sam"]) {
      expect(inputsOf(found, SYSTEM, name).hostKey).toBe(inputsOf(found, VM, name).hostKey);
    }
  });

  test("hands over a bucket for snapshots with its keys as a secret, and nothing where there is none", async () => {
    const SNAPSHOT = "kluster-provider:etcd:Snapshot";
    const s3 = {
      ...{ endpoint: "https://fsn1.your-objectstorage.com", bucket: "kluster", prefix: "", region: "fsn1" },
      ...{ accessKey: "AKIAEXAMPLE", secretKey: "PRIVATE-S3" },
    };
    const { snapshots } = exampleSettings();
    const [{ inputs }] = byType(
      await cluster(exampleSettings({ snapshots: { ...snapshots, s3 } })),
      SNAPSHOT,
    );
    expect(isSecret(inputs.s3)).toBe(true);
    expect(inputs.s3.value).toEqual(s3);
    expect(inputsOf(found, SNAPSHOT, "/etcd-snapshot")).not.toHaveProperty("s3");
  });

  test("hands over no private key that is not marked as a secret", () => {
    for (const { type, name, inputs } of found) {
      expect([type, name, plainText(inputs)]).toEqual([type, name, expect.not.stringMatching(/PRIVATE/)]);
    }
  });

  test("waits for the API on the master and for every node on the node itself", () => {
    const commands = Object.fromEntries(
      byType(found, COMMAND).map(({ name, inputs }) => [
        name,
        inputs.connection.value?.host ?? inputs.connection.host,
      ]),
    );
    expect(commands).toEqual({
      "/api-ready": "192.168.56.11",
      "il/ready": "192.168.56.11",
      "ee/ready": "192.168.56.12",
      "sam/ready": "192.168.56.13",
      "ee/membership": "192.168.56.11",
      "sam/membership": "192.168.56.11",
      "/dns-ready": "192.168.56.11",
    });
  });

  test("lets a node leave the cluster from the master when it goes", () => {
    expect(inputsOf(found, COMMAND, "ee/membership").delete).toBe("timeout 240 bash -s -- leave ee");
  });

  // Pulumi forgets that a command failed or was killed once its inputs are what they were: these never are.
  test.each([
    ["/api-ready", ["attempt-at-il.System"]],
    ["ee/ready", ["attempt-at-ee.System", "stay-of-ee", "instance-of-il"]],
    ["ee/membership", ["stay-of-ee"]],
  ])("%s runs again after a change that was begun and taken back", (name, nonces) => {
    const { create } = inputsOf(found, COMMAND, name);
    for (const nonce of nonces) expect(create.split(" ")).toContain(nonce);
  });

  test("gives every command on a machine a time limit there", () => {
    for (const { inputs } of byType(found, COMMAND))
      expect(inputs.create).toMatch(/^timeout \d+ bash -s -- /);
  });
});

test("the first preview shows the same resources as the update", async () => {
  const shape = (found: Registered[]) => found.map(({ type, name }) => `${type} ${name}`).sort();
  expect(shape(await cluster(exampleSettings(), true))).toEqual(shape(await cluster(exampleSettings())));
});

test("a preview goes on where the systems that are known are those of the hosts of before", async () => {
  const settings = exampleSettings();
  const known = (host: string) => ({ certificates: {}, bootstrapObjects: [], secrets: [], storePath: host });
  const found = await registered(
    () => {
      const { Cluster } = require("../../components/cluster");
      new Cluster(settings.stack, settings);
    },
    true,
    {},
    [],
    { "kluster-provider:nixos:Evaluation": () => ({ systems: { il: known("il"), ee: known("ee") } }) },
  );
  expect(byType(found, SYSTEM).map(({ name }) => name)).toEqual(expect.arrayContaining(["il", "ee", "sam"]));
});

test("bridged machines share the operator's interface and need no host-only network", async () => {
  const { provider, ...settings } = exampleSettings();
  if (provider.kind !== "virtualbox") throw new Error("the example is no longer VirtualBox's");
  const bridged = { ...provider, adapter: { kind: "bridged" as const, interface: "eth0" } };
  const found = await cluster({ ...settings, provider: bridged });
  expect(byType(found, "kluster-provider:virtualbox:HostOnlyNetwork")).toEqual([]);
  expect(inputsOf(found, VM, "il").network).toEqual({ kind: "bridged", interface: "eth0" });
});

describe("a machine that goes back", () => {
  const ofSam = async (settings: Partial<ClusterSettings>, storePath = "/nix/store/sam") => {
    const systems = Object.fromEntries(
      ["il", "ee", "sam"].map((host) => [
        host,
        {
          certificates: {},
          bootstrapObjects: [],
          secrets: [],
          drvPath: "/d",
          storePath: host === "sam" ? storePath : host,
        },
      ]),
    );
    const found = await registered(
      () => {
        const { Cluster } = require("../../components/cluster");
        new Cluster("dev", exampleSettings(settings));
      },
      false,
      {},
      [],
      { "kluster-provider:nixos:Evaluation": (inputs) => ({ ...inputs, systems }) },
    );
    return {
      system: inputsOf(found, SYSTEM, "sam"),
      attempt: JSON.stringify(inputsOf(found, "kluster-provider:index:Attempt", "sam.System").target),
      others: byType(found, SYSTEM).filter(({ name }) => name !== "sam"),
    };
  };

  test("is told so, with all that its systems may ask for, and what they know of the cluster", async () => {
    const { system, others } = await ofSam({
      rollback: { sam: "previous" },
      secrets: { wifi: "PRIVATE-WIFI" },
    });
    expect(system.rollback).toBe("previous");
    expect(isSecret(system.offered)).toBe(true);
    expect(system.offered.value).toEqual({ "kluster:secrets.wifi": "PRIVATE-WIFI" });
    expect(Object.keys(system.ties).sort()).toEqual([
      ...["Kubernetes' ranges and port", "its address", "the cluster's hosts", "the operator's SSH key"],
    ]);
    for (const { inputs } of others) expect(inputs).not.toHaveProperty("rollback");
  });

  test("is not attempted anew because of what is evaluated meanwhile, and others are", async () => {
    const rollback = { sam: "previous" };
    const attempts = async (settings: Partial<ClusterSettings>) =>
      new Set([
        (await ofSam(settings, "/nix/store/a")).attempt,
        (await ofSam(settings, "/nix/store/b")).attempt,
      ]).size;
    expect(await attempts({ rollback })).toBe(1);
    expect(await attempts({})).toBe(2);
  });

  test("knows another cluster where that is another, and the same whatever order the hosts are in", async () => {
    const { hosts } = exampleSettings();
    const ties = async (settings: Partial<ClusterSettings>) => (await ofSam(settings)).system.ties;
    const [now, turned, fewer] = [
      await ties({}),
      await ties({ hosts: [...hosts].reverse() }),
      await ties({ kubernetes: { ...exampleSettings().kubernetes, apiPort: 443 } }),
    ];
    expect(turned).toEqual(now);
    expect(Object.keys(now).filter((what) => now[what] !== fewer[what])).toEqual([
      "Kubernetes' ranges and port",
    ]);
  });
});

describe("labels and taints", () => {
  const TYPE = "kluster-provider:kubernetes:LabelsAndTaints";
  const marked = (marks: Record<string, Partial<ClusterSettings["hosts"][number]>>) =>
    cluster({
      ...exampleSettings(),
      hosts: exampleSettings().hosts.map((host) => ({ ...host, ...marks[host.name] })),
    });

  test("are no resource where nothing is said of them", async () => {
    const found = await cluster(exampleSettings());
    expect(found.filter(({ type, name }) => `${type} ${name}`.match(/LabelsAndTaints/))).toEqual([]);
  });

  test("are kept for each node that has any, by way of the master, after the change is noted", async () => {
    const found = await marked({
      ee: { labels: { "example.org/disk": "ssd" } },
      il: { taints: { "node-role.kubernetes.io/control-plane:NoSchedule": "" } },
    });
    expect(names(found, TYPE)).toEqual(["ee/labels-and-taints", "il/labels-and-taints"]);
    const ee = inputsOf(found, TYPE, "ee/labels-and-taints");
    expect(ee).toMatchObject({
      ...{ node: "ee", identity: "instance-of-ee", master: "instance-of-il", address: "192.168.56.11" },
      ...{ hostKey: inputsOf(found, VM, "il").hostKey, labels: { "example.org/disk": "ssd" }, taints: {} },
      attempt: "attempt-at-ee/labels-and-taints.LabelsAndTaints",
    });
    expect(isSecret(ee.privateKey)).toBe(true);
    for (const { type, name, inputs } of found)
      expect([type, name, plainText(inputs)]).toEqual([type, name, expect.not.stringMatching(/PRIVATE/)]);
  });

  test("change no machine's system", async () => {
    const evaluated = async (found: Promise<Registered[]>) =>
      inputsOf(await found, "kluster-provider:nixos:Evaluation", "/systems");
    expect(await evaluated(marked({ ee: { labels: { a: "b" }, taints: { "c:NoSchedule": "" } } }))).toEqual(
      await evaluated(cluster(exampleSettings())),
    );
  });
});

test("the inventory's disk_uuid is the root file system's UUID", async () => {
  const settings = exampleSettings();
  const diskUuid = "01b3bcba-c0ef-4538-8dd2-f7dee2952322";
  const hosts = settings.hosts.map((host) => (host.name === "il" ? { ...host, diskUuid } : host));
  const found = await cluster({ ...settings, hosts });
  expect(inputsOf(found, INSTALLATION, "il").rootUuid).toBe(diskUuid);
  expect(inputsOf(found, INSTALLATION, "ee").rootUuid).toMatch(/^[0-9a-f-]{36}$/);
});

/** All text that is not inside a secret. */
function plainText(value: any): string {
  if (isSecret(value)) return "";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value).map(plainText).join("\n");
}
