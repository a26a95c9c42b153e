import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { generateSshKeyPair } from "../../../provider/keys";
import { rootPartition } from "../../../provider/nixos/install";
import { Run } from "../../../provider/process";
import { installation } from "../../../provider/resources/installation";
import { system } from "../../../provider/resources/system";
import { virtualMachine } from "../../../provider/resources/virtual-machine";
import { UNKNOWN } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

/** Checks and diffs change nothing; a program that they ran would be one too many. */
const asked: string[][] = [];
let answer = { code: 0, stdout: "7.2.22r175245\n", stderr: "" };
const run: Run = async (command, args) => {
  asked.push([command, ...args]);
  return answer;
};
const services = new MachineServices(run, { project: "/nowhere", cache: "/nowhere/cache" });
const power = { bringUp: async () => {}, startFromDisk: async () => {} };

let provider: ServedProvider;
beforeAll(async () => {
  provider = await serveProvider([virtualMachine(services), installation(services, power), system(services)]);
});
afterAll(() => provider.stop());

async function failures(type: string, before: object | undefined, news: object): Promise<[string, string][]> {
  const request = new CheckRequest();
  request.setUrn(urnOf({ type }));
  if (before) request.setOlds(Struct.fromJavaScript(before as never));
  request.setNews(Struct.fromJavaScript(news as never));
  const response = await provider.call<CheckResponse>("check", request);
  return response.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]);
}

async function replaced(type: string, before: object, after: object): Promise<[string[], string[]]> {
  const diff = await provider.diff(urnOf({ type }), before, before, after);
  return [diff.getDiffsList(), diff.getReplacesList()];
}

describe("a virtual machine", () => {
  const type = "kluster-provider:virtualbox:Machine";
  const vm = {
    uuid: "u",
    host: "il",
    memory: 2048,
    cpus: 1,
    disk: 16384,
    running: true,
    address: "192.168.56.11",
    network: { kind: "hostonly", interface: "vboxnet0" },
    installer: { url: "https://example.org/a.iso", sha256: "a" },
  };

  test("that shall get a smaller disk is refused before anything is touched", async () => {
    const [[property, reason]] = await failures(type, vm, { ...vm, disk: 8192 });
    expect(property).toBe("disk");
    expect(reason).toMatch(
      /^the disk of il has 16384 MB and cannot shrink to 8192 MB\. Ask for 16384 MB or more/,
    );
  });

  test("that is there is not asked of VirtualBox by a preview", async () => {
    asked.length = 0;
    expect(await failures(type, vm, { ...vm, memory: 4096 })).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("that is new is refused where VirtualBox is too old, by the preview already", async () => {
    answer = { code: 0, stdout: "6.1.50r161033\n", stderr: "" };
    const [[property, reason]] = await failures(type, undefined, vm);
    expect([property, reason]).toEqual([
      "host",
      expect.stringContaining("VirtualBox 6.1.50r161033 is too old"),
    ]);
  });

  test.each<[string, object, [string[], string[]]]>([
    ["more memory is a change in place", { memory: 4096 }, [["memory"], []]],
    ["being switched off is a drift to put right", { running: false }, [["running"], []]],
    ["another image of the installer is nothing to it", { installer: { url: "b", sha256: "b" } }, [[], []]],
    ["another address is not its own business but its system's", { address: "192.168.56.12" }, [[], []]],
    ["the cluster around it is no change", { rollout: { machines: 4, maxUnavailable: 2 } }, [[], []]],
    [
      "another interface is a change in place",
      { network: { kind: "hostonly", interface: "vboxnet1" } },
      [["network"], []],
    ],
    [
      "another network and address at once is another machine",
      { network: { kind: "bridged", interface: "eth0" }, address: "192.168.10.11" },
      [["network"], ["network"]],
    ],
    ["another UUID is another machine", { uuid: "v" }, [["uuid"], ["uuid"]]],
  ])("%s", async (_, change, expected) => {
    expect(await replaced(type, vm, { ...vm, ...change })).toEqual(expected);
  });
});

describe("an installation", () => {
  const type = "kluster-provider:nixos:Installation";
  const done = {
    identity: "i",
    machine: "il",
    disk: "/dev/disk/by-path/x",
    rootUuid: "r",
    storePath: "/nix/store/a",
  };

  test("is done once: another system, key or secret is not its business", async () => {
    const changed = {
      ...done,
      storePath: "/nix/store/b",
      privateKey: "k",
      secrets: { a: "b" },
      address: "1.2.3.4",
    };
    expect(await replaced(type, done, changed)).toEqual([[], []]);
  });

  test("is done anew on another machine", async () => {
    expect(await replaced(type, done, { ...done, identity: "j" })).toEqual([["identity"], ["identity"]]);
  });

  test("refuses another root file system on the same machine, which would not boot", async () => {
    const [[property, reason]] = await failures(type, done, { ...done, rootUuid: "s" });
    expect([property, reason]).toEqual([
      "rootUuid",
      expect.stringMatching(/^il has been installed with r and would not boot with s\. Set it back/),
    ]);
  });

  test("takes a disk that only the run will know for the one it had", async () => {
    expect(await failures(type, done, { ...done, disk: UNKNOWN })).toEqual([]);
  });

  test.each([["j"], [UNKNOWN]])(
    "takes another root file system on another machine (%s)",
    async (identity) => {
      expect(await failures(type, done, { ...done, identity, rootUuid: "s" })).toEqual([]);
    },
  );
});

describeWithSshd("the restart of a machine that is no VM", () => {
  const times = { boot: 20_000, shutdown: 0, keyGrace: 5_000, dial: 20_000, pause: 20 };
  const host = generateSshKeyPair("host");
  const client = generateSshKeyPair("client");
  let sshd: Sshd | undefined;
  let folder: string;
  let port: number;
  let said: string[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-installation-"));
    mkdirSync(join(folder, "scripts"));
    for (const name of ["prepare-disk.sh", "place-secrets.sh", "install-system.sh"])
      script(name, "cat >/dev/null");
    port = await freePort();
    said = [];
  });
  afterEach(async () => {
    await boot(false);
    rmSync(folder, { recursive: true });
  });

  const script = (name: string, text: string) => writeFileSync(join(folder, "scripts", name), `${text}\n`);
  /** What probe.sh finds. */
  const runs = (
    bootId: string,
    more = "installer=no\\nroot=8:3\\ndisk=8:3\\nsystem=/nix/store/a\\nidentity=i",
  ) => script("probe.sh", `printf 'boot=${bootId}\\n${more}\\n'`);

  async function boot(up = true, hostKey = host, clientKey = client): Promise<void> {
    await sshd?.stop();
    sshd = up ? await startSshd({ port, hostKey, clientKey }) : undefined;
  }

  function create(changes: Partial<typeof times> = {}) {
    const done = { code: 0, stdout: "", stderr: "" };
    const built: Run = async () => done;
    const services = new MachineServices(built, { project: folder, cache: join(folder, "cache") });
    const context = {
      signal: new AbortController().signal,
      ...{ status: (message: string) => void said.push(message), info: () => {}, warn: () => {} },
      phase: <T>(_name: string, work: () => Promise<T>) => work(),
    };
    const inputs = {
      ...{ identity: "i", machine: "il", address: "127.0.0.1", disk: "/dev/disk/by-path/x", rootUuid: "r" },
      ...{ drvPath: "/nix/store/a.drv", storePath: "/nix/store/a", secretFiles: [], secrets: {} },
      ...{ hostKey: host.publicKey, hostPrivateKey: host.privateKey, privateKey: client.privateKey },
    };
    return installation(services, power, { ...times, ...changes }, port).create(inputs, context);
  }

  test("is the machine's own, and its installer is not taken for the system while it still answers", async () => {
    runs("installer", "installer=yes");
    script("reboot.sh", `echo >${folder}/rebooting`);
    await boot();
    const creating = create();
    await eventually(() => said.includes("waiting for the boot from disk: the installer still runs"));
    expect(existsSync(join(folder, "rebooting"))).toBe(true);
    await boot(false);
    runs("system");
    await boot();
    expect(await creating).toEqual({ id: "i", outputs: {} });
  });

  test("may take the connection down under the script", async () => {
    runs("installer", "installer=yes");
    script("reboot.sh", "kill -9 $PPID; sleep 5");
    await boot();
    const creating = create();
    await eventually(() => said.includes("waiting for the boot from disk: the installer still runs"));
    runs("system");
    expect(await creating).toEqual({ id: "i", outputs: {} });
  });

  test("that does not happen is said so, in time", async () => {
    runs("installer", "installer=yes");
    script("reboot.sh", ":");
    await boot();
    await expect(create({ boot: 2_000 })).rejects.toThrow(
      /^il did not boot as installed: it has not rebooted/,
    );
  });

  test("that brings another system up is told by its host key", async () => {
    runs("installer", "installer=yes");
    script("reboot.sh", ":");
    await boot();
    const failing = expect(create({ keyGrace: 0 })).rejects.toThrow(
      /another machine has this address, or another system runs on this one/,
    );
    await eventually(() => said.includes("waiting for the boot from disk: the installer still runs"));
    await boot(true, generateSshKeyPair("other"));
    await failing;
  });

  test("that brings up a system which lets nobody in is told with how to begin anew", async () => {
    runs("installer", "installer=yes");
    script("reboot.sh", ":");
    await boot();
    const failing = expect(create({ keyGrace: 0 })).rejects.toThrow(
      /If il was installed with a configuration that lets nobody in.*correct the configuration.*`pulumi up --replace URN`, with the URN of its hcloud Server/,
    );
    await eventually(() => said.includes("waiting for the boot from disk: the installer still runs"));
    await boot(true, host, generateSshKeyPair("somebody else"));
    await failing;
  });

  test("that came too early, and lost the installer, is told with the way back", async () => {
    await boot(true, generateSshKeyPair("of the stock system"));
    await expect(create()).rejects.toThrow(
      /has not the pinned host key.*If il was restarted before NixOS was on its disk.*`pulumi up --replace URN`, with the URN of il's Takeover/,
    );
  });

  async function eventually(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 1000 && !condition(); i++) await sleep(20);
    expect(condition()).toBe(true);
  }
});

describeWithSshd("secrets of a running system", () => {
  const host = generateSshKeyPair("host");
  const client = generateSshKeyPair("client");
  // What the test's own box says that it runs, as it is no NixOS.
  const storePath = "/run/current-system";
  let sshd: Sshd;
  let folder: string;
  let port: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-system-"));
    mkdirSync(join(folder, "scripts"));
    script("activate.sh", `printf '%s\\n' "activate.sh $*" >>${folder}/done; cat >${folder}/stdin`);
    for (const name of ["supervise-activation.sh", "unit-health.sh", "reachable.sh", "commit-system.sh"])
      script(name, "true");
    for (const name of ["keep-secrets.sh", "place-secrets.sh", "running-activation.sh"]) script(name, "true");
    script("probe.sh", `printf 'boot=b\\ninstaller=no\\nsystem=${storePath}\\nprofile=${storePath}\\n'`);
    script("activation-state.sh", "printf 'phase=commit\\noutcome=committed\\ncode=0\\n'");
    script("settle-secrets.sh", "true # settles");
    script(
      "check-secrets.sh",
      `cat >${folder}/check-secrets.sh.stdin; cat ${folder}/found 2>/dev/null || true`,
    );
    port = await freePort();
    sshd = await startSshd({ port, hostKey: host, clientKey: client });
  });
  afterEach(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  const script = (name: string, text: string) => writeFileSync(join(folder, "scripts", name), `${text}\n`);
  const file = (name: string) => readFileSync(join(folder, name), "utf8");
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  /** A file that the activation was given. */
  const given = (name: string) => {
    const line = file("stdin")
      .split("\n")
      .find((line) => line.startsWith(`${name} `));
    return Buffer.from(line!.split(" ")[1], "base64").toString();
  };
  const inputs = (wifi: string, files = ["wifi"]) => ({
    ...{ identity: "i", machine: "il", address: "127.0.0.1", drvPath: "/nix/store/a.drv", storePath },
    ...{ hostKey: host.publicKey, privateKey: client.privateKey, secrets: { wifi } },
    secretFiles: files.map((name) => ({
      ...{ secret: "wifi", path: `/var/lib/kluster/secrets/${name}`, mode: "0400" },
      ...{ owner: "wifi", group: "wifi", restartUnits: ["wifi.service"] },
    })),
  });

  /** The resource, with what it says while it works. */
  function resource() {
    const said: string[] = [];
    const say = (message: string) => void said.push(message);
    const context = {
      signal: new AbortController().signal,
      ...{ status: say, info: say, warn: say },
      phase: <T>(_name: string, work: () => Promise<T>) => work(),
    };
    const run: Run = async () => ({ code: 0, stdout: "", stderr: "" });
    const services = new MachineServices(run, { project: folder, cache: join(folder, "cache") });
    return { system: system(services, port), context, said };
  }

  async function update(before: ReturnType<typeof inputs>, after: ReturnType<typeof inputs>) {
    const { system, context, said } = resource();
    await system.update!("i", { outputs: {}, before, inputs: after }, context);
    return said.join("\n");
  }
  async function create(wanted: ReturnType<typeof inputs>) {
    const { system, context } = resource();
    await system.create(wanted, context);
  }

  test("come by standard input, with the activation that places and settles them, though the system is active", async () => {
    const said = await update(inputs("one"), inputs("two"));
    expect(file("done").replace(/[0-9a-f]{16}/, "ATTEMPT")).toBe(`activate.sh ${storePath} ATTEMPT 600 75\n`);
    const content = Buffer.from("two").toString("base64");
    expect(given("secrets")).toBe(
      `file\t/var/lib/kluster/secrets/wifi\twifi\twifi\t0400\twifi.service\t${content}\nend\n`,
    );
    expect(given("settle-secrets.sh")).toBe("true # settles\n");
    expect(said + file("done")).not.toMatch(new RegExp(`two|${content}`));
  });

  test("that are wanted no more are an activation, too", async () => {
    await update(inputs("one"), inputs("one", []));
    expect(given("secrets")).toBe("end\n");
    expect(file("done")).toContain("activate.sh");
  });

  test.each([
    [
      "others than its installation, by a run that failed, has placed",
      "amiss\t/var/lib/kluster/secrets/wifi",
    ],
    ["what an activation that failed has not seen to", "unsettled"],
  ])("are brought with a system that runs already, where they are %s", async (_what, found) => {
    script("../found", found);
    await create(inputs("two"));
    expect(file("check-secrets.sh.stdin")).toBe(
      `file\t/var/lib/kluster/secrets/wifi\twifi\twifi\t0400\twifi.service\t${sha256("two")}\nend\n`,
    );
    expect(file("done")).toMatch(/^activate\.sh/);
    expect(given("secrets")).toContain(Buffer.from("two").toString("base64"));
  });

  test("that are as wanted, with the system, are left alone", async () => {
    await create(inputs("one"));
    expect(existsSync(join(folder, "done"))).toBe(false);
  });

  test("that somebody has removed or changed are found by a refresh, by file or by link", async () => {
    const wanted = inputs("one", ["wifi", "radio", "station"]);
    Object.assign(wanted.secretFiles[1], { link: "/etc/radio.key" });
    script("../found", "amiss\t/var/lib/kluster/secrets/wifi\namiss\t/etc/radio.key");
    const { system, context } = resource();
    const found = await system.read!("i", { outputs: {}, inputs: wanted }, context);
    expect(found!.inputs).toEqual({ ...wanted, secretFiles: [wanted.secretFiles[2]] });
  });

  test("that the state knows are placed all the same: a change that was killed may have placed others", async () => {
    await update(inputs("one"), inputs("one"));
    expect(file("done")).toContain("activate.sh");
  });
});

test("the root file system is the third partition of the disk, behind those that the firmware wants", () => {
  expect(rootPartition("/dev/disk/by-path/x")).toBe("/dev/disk/by-path/x-part3");
});

describe("a system", () => {
  const type = "kluster-provider:nixos:System";
  const running = {
    ...{ identity: "i", machine: "il", drvPath: "/nix/store/a.drv", storePath: "/nix/store/a" },
    ...{ secretFiles: [{ secret: "wifi", path: "/x", mode: "0400" }], secrets: { wifi: "a" } },
  };

  test.each<[string, object, [string[], string[]]]>([
    ["another recipe for the same system is no change", { drvPath: "/nix/store/b.drv" }, [[], []]],
    ["the cluster around it is no change", { rollout: { machines: 4, maxUnavailable: 2 } }, [[], []]],
    ["another system is a change in place", { storePath: "/nix/store/b" }, [["storePath"], []]],
    ["another secret is a change in place", { secrets: { wifi: "b" } }, [["secrets"], []]],
    ["another owner of a secret is one, too", { secretFiles: [] }, [["secretFiles"], []]],
    ["on another machine it is put there anew", { identity: "j" }, [["identity"], ["identity"]]],
  ])("%s", async (_, change, expected) => {
    expect(await replaced(type, running, { ...running, ...change })).toEqual(expected);
  });
});
