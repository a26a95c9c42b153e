import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { Described, summarize } from "../../../provider/nixos/summary";
import { Run } from "../../../provider/process";
import { RolloutInputs } from "../../../provider/declarations/machine";
import { system } from "../../../provider/resources/system";
import { Properties } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { initFailure, ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

jest.setTimeout(120_000);

const host = generateSshKeyPair("host");
const client = generateSshKeyPair("client");
const OLD = "/nix/store/old-nixos";
const described: Described = {
  ...{ kernel: "/nix/store/k", kernelVersion: "6.18.2", initrd: "/nix/store/i", kernelParams: [] },
  ...{ kernelModules: [], inhibitors: {}, packages: {}, units: {} },
};
/** A system in which one service runs, of one version. */
const runs = (storePath: string, unit: string, version: string) =>
  summarize(storePath, {
    ...described,
    units: { [unit]: { text: `[Service]\nExecStart=/${version}\n`, wantedBy: ["a.target"], requiredBy: [] } },
  });
/** What is brought to a machine. */
const freshOf = (machine: string) => `/nix/store/new-${machine}`;

describeWithSshd("machines of a cluster that change", () => {
  let sshd: Sshd;
  let folder: string;
  let provider: ServedProvider;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-rolling-"));
    mkdirSync(join(folder, "scripts"));
    for (const name of ["supervise-activation.sh", "unit-health.sh", "reachable.sh", "commit-system.sh"])
      script(name, "true");
    for (const name of ["keep-secrets.sh", "place-secrets.sh", "settle-secrets.sh", "running-activation.sh"])
      script(name, "true");
    write("state", "state ready");
    write("boot", "one");
    write("runs", OLD);
    for (const empty of ["done", "due"]) write(empty, "");
    const log = (words: string) => `echo "${words}" >>${folder}/done`;
    script(
      "probe.sh",
      `echo boot=$(cat ${folder}/boot); echo installer=no; echo system=$(cat ${folder}/runs)`,
    );
    script("reboot-due.sh", `cat ${folder}/due`);
    script("activate.sh", `cat >/dev/null; ${log("activate ${1##*-}")}; [ ! -e ${folder}/fails-\${1##*-} ]`);
    script("activation-state.sh", "printf 'phase=commit\\noutcome=committed\\ncode=0\\n'");
    script(
      "node-drain.sh",
      `${log("$1 $2${4:+ $4}")}; [ "$1" = resume ] || cat ${folder}/state
       [ "$1" != drain ] || [ ! -e ${folder}/keeps-$2 ] || { echo "web-1 stays" >&2; exit 1; }`,
    );
    script("wait-for-kubernetes.sh", `${log("ready $3 $4")}; [ ! -e ${folder}/never-ready ]`);
    script("reboot.sh", `${log("reboot")}; echo two >${folder}/boot; echo ${freshOf("ee")} >${folder}/runs`);
    const port = await freePort();
    sshd = await startSshd({ port, hostKey: host, clientKey: client });
    const run: Run = async () => ({ code: 0, stdout: "", stderr: "" });
    const services = new MachineServices(run, { project: folder, cache: join(folder, "cache") });
    const times = { reboot: { boot: 20_000, login: 10_000, pause: 20 } };
    provider = await serveProvider([system(services, port, times)]);
  });
  afterEach(async () => {
    provider.stop();
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string) => writeFileSync(join(folder, name), `${text}\n`);
  const script = (name: string, text: string) => write(`scripts/${name}`, text);
  const done = () => readFileSync(join(folder, "done"), "utf8").trim().split("\n").filter(Boolean);
  const warnings = () =>
    provider.lines.filter(({ severity }) => severity === "warning").map(({ message }) => message);

  interface Change {
    /** The service that is another one. */
    unit?: string;
    rollout?: Partial<RolloutInputs>;
    after?: Properties;
  }

  function update(machine: string, { unit = "containerd.service", rollout = {}, after = {} }: Change = {}) {
    const common = {
      ...{ identity: machine, machine, address: "127.0.0.1", hostKey: host.publicKey },
      ...{ privateKey: client.privateKey, drvPath: "/d", secretFiles: [], secrets: {} },
      rollout: {
        ...{ master: "il", address: "127.0.0.1", hostKey: host.publicKey, server: "https://il:6443" },
        ...{ masterAddress: "10.0.0.1", machines: 3, maxUnavailable: 1, reboot: "never" as const },
        ...rollout,
      },
    };
    const before = { ...common, storePath: OLD, summary: runs(OLD, unit, "1") } as unknown as Properties;
    const storePath = freshOf(machine);
    const inputs = {
      ...common,
      storePath,
      summary: runs(storePath, unit, "2"),
      ...after,
    } as unknown as Properties;
    const urn = urnOf({ type: "kluster-provider:nixos:System" }, machine);
    return provider.update(urn, machine, before, before, inputs);
  }

  const turnOf = (machine: string) => [
    ...[`drain ${machine}`, `activate ${machine}`, `ready ${machine} https://il:6443`, `resume ${machine}`],
  ];

  test("do so one by one, the master last, each drained before and Ready after it", async () => {
    await Promise.all(["il", "sam", "ee"].map((machine) => update(machine)));
    expect(done()).toEqual([...turnOf("ee"), ...turnOf("sam"), ...turnOf("il")]);
  });

  test("keep their pods where nothing beneath them changes", async () => {
    await update("ee", { unit: "sshd.service" });
    expect(done()).toEqual(["look ee", "activate ee", "ready ee https://il:6443", "resume ee"]);
  });

  test("are drained where nobody knows what restarts: the machine runs another system than the state says", async () => {
    write("runs", "/nix/store/made-by-hand");
    await update("ee", { unit: "sshd.service" });
    expect(done()[0]).toBe("drain ee");
  });

  test("have nowhere to move pods to in a cluster of one", async () => {
    await update("il", { rollout: { machines: 1 } });
    expect(done()[0]).toBe("look il");
  });

  test("stop at the first failure: the others are left as they were, and the state knows", async () => {
    write("fails-ee", "");
    const [ee, sam, il] = await Promise.all(
      ["ee", "sam", "il"].map(async (machine) =>
        (await initFailure(update(machine))).getReasonsList().join(),
      ),
    );
    expect(done()).toEqual(["drain ee", "activate ee", "resume ee"]);
    expect(ee).toMatch(/activate\.sh/);
    for (const [name, said] of [
      ["sam", sam],
      ["il", il],
    ])
      expect(said).toMatch(new RegExp(`^${name} was left as it was: the change of ee failed, see there`));
  });

  test("stop where a node does not become Ready", async () => {
    write("never-ready", "");
    const failing = update("ee");
    const other = initFailure(update("sam"));
    expect((await initFailure(failing)).getReasonsList().join()).toMatch(/wait-for-kubernetes\.sh/);
    expect((await other).getReasonsList().join()).toMatch(/^sam was left as it was/);
  });

  test("are not touched where pods do not go", async () => {
    write("keeps-ee", "");
    const reasons = (await initFailure(update("ee"))).getReasonsList().join();
    expect(reasons).toMatch(/web-1 stays/);
    expect(done()).toEqual(["drain ee"]);
  });

  test.each([
    ["state unreachable connection refused", "the API does not answer (connection refused)"],
    ["state unready no CNI", "its node is not Ready (no CNI)"],
  ])("can be mended while the cluster does not work (%s)", async (state, words) => {
    write("state", state);
    await update("ee");
    expect(done()).toEqual(["drain ee", "activate ee", "resume ee"]);
    expect(warnings()).toEqual([
      `the pods of ee were not moved before the change (containerd.service restarts), as ${words}`,
    ]);
  });

  test("that are no nodes yet have no pods", async () => {
    write("state", "state unknown");
    await update("ee");
    expect([done(), warnings()]).toEqual([["drain ee", "activate ee", "resume ee"], []]);
  });

  test("say which pods nothing makes anew", async () => {
    write("state", "state ready\nbare default/once");
    await update("ee");
    expect(warnings()).toEqual([
      expect.stringMatching(/^pods of ee that nothing makes anew .*: default\/once$/),
    ]);
  });

  test.each<[string, Change]>([
    ["WireGuard begins", { unit: "wireguard-wg0.service" }],
    ["the master is elsewhere", { after: { rollout: { server: "https://il:443" } } as never }],
  ])("do so at once where half of them would not hear the others: %s", async (_, change) => {
    await Promise.all(["il", "ee"].map((machine) => update(machine, change)));
    expect(done().sort()).toEqual(["activate ee", "activate il"]);
  });

  describe("and need a reboot", () => {
    beforeEach(() => write("due", "the kernel\nthe initrd"));

    test("get it where that is allowed: drained, and watched until the node has reported from its new boot", async () => {
      await update("ee", { unit: "sshd.service", rollout: { reboot: "ifNeeded" } });
      expect(done()).toEqual([
        ...["drain ee", "activate ee", "reboot", "ready ee https://il:6443", "resume ee two"],
      ]);
    });

    test("are told to be due for it where it is not", async () => {
      await update("ee", { unit: "sshd.service" });
      expect(done()).not.toContain("reboot");
      expect(provider.lines.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(
          /^ee has its new system but for the kernel, the initrd: .*kluster:reboot ifNeeded/,
        ),
      );
    });

    test("fail where they come back with another system", async () => {
      script("reboot.sh", `echo two >${folder}/boot`);
      const reasons = (await initFailure(update("ee", { rollout: { reboot: "ifNeeded" } }))).getReasonsList();
      expect(reasons.join()).toMatch(/^ee has rebooted, and runs \/nix\/store\/old-nixos and not/);
      expect(done()).toEqual(["drain ee", "activate ee", "resume ee"]);
    });
  });
});
