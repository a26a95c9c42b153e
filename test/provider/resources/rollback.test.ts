import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { Summaries } from "../../../provider/nixos/summaries";
import { Described, summarize } from "../../../provider/nixos/summary";
import { Run } from "../../../provider/process";
import { SystemInputs } from "../../../provider/declarations/nixos";
import { system } from "../../../provider/resources/system";
import { fromStruct, Properties, UNKNOWN } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

const described: Described = {
  ...{ kernel: "/nix/store/k", kernelVersion: "6.18.2", initrd: "/nix/store/i", kernelParams: [] },
  ...{ kernelModules: [], inhibitors: {}, packages: {}, units: {} },
};
const hash = (letter: string) => letter.repeat(32);
const path = (letter: string) => `/nix/store/${hash(letter)}-nixos-system-sam-26.05`;
const [A, B, C, D] = ["a", "b", "c", "d"].map(path);
const urn = urnOf({ type: "kluster-provider:nixos:System" }, "sam");
const ties = { "the operator's SSH key": "key", "its address": "address" };
const wifi = { secret: "kluster:secrets.wifi", path: "/wifi", mode: "0400" };
const evaluatedAs = (storePath: string, more: Properties = {}): Properties => ({
  ...{
    identity: "i",
    machine: "sam",
    address: "192.168.56.13",
    hostKey: "h",
    privateKey: "k",
    drvPath: "/d",
  },
  ...{ storePath, secretFiles: [], secrets: { ca: "CA" }, offered: {}, ties, attempt: "nonce" },
  ...more,
});

describe("a machine that goes back, over gRPC", () => {
  let provider: ServedProvider;
  let summaries: Summaries;
  let state: Properties | undefined;

  beforeEach(async () => {
    state = undefined;
    await restart();
  });
  afterEach(() => provider.stop());

  /** Each run has a provider of its own, which knows only what the state tells it. */
  async function restart() {
    const services = new MachineServices(() => Promise.reject(new Error("nothing is run")), {
      project: "/nowhere",
      cache: "/nowhere/cache",
    });
    summaries = services.summaries;
    provider?.stop();
    provider = await serveProvider([system(services)]);
  }

  function evaluate(storePath: string, packages: Described["packages"] = { kubernetes: ["1.36.1"] }) {
    const rest = { drvPath: "/d", certificates: {}, bootstrapObjects: [], secrets: [] };
    summaries.takeFrom({
      sam: { ...rest, storePath, summary: summarize(storePath, { ...described, packages }) },
    });
  }

  async function check(storePath: string, more: Properties = {}) {
    const response = await provider.check(urn, evaluatedAs(storePath, more), state);
    return {
      inputs: fromStruct(response.getInputs()),
      refused: response.getFailuresList().map((failure) => failure.getReason()),
    };
  }

  /** A run that succeeds. @returns the names of what it changed */
  async function up(storePath: string, { packages, ...more }: Properties = {}): Promise<string[]> {
    await restart();
    evaluate(storePath, packages);
    const { inputs, refused } = await check(storePath, more);
    expect(refused).toEqual([]);
    const before = state;
    state = inputs;
    return before ? (await provider.diff(urn, before, before, inputs)).getDiffsList() : [];
  }
  async function refusal(storePath: string, { packages, ...more }: Properties = {}): Promise<string> {
    await restart();
    evaluate(storePath, packages);
    return (await check(storePath, more)).refused.join("\n");
  }
  const messages = (severity: string) =>
    provider.lines
      .filter((line) => line.severity === severity && !line.ephemeral)
      .map(({ message }) => message);

  test("runs what it ran before, and stays there whatever is evaluated meanwhile", async () => {
    await up(A);
    await up(B);
    expect((await up(B, { rollback: "previous" })).sort()).toEqual(["rollback", "secrets", "storePath"]);
    expect(state).toMatchObject({ storePath: A, pinned: A });
    expect(await up(B, { rollback: "previous" })).toEqual([]);
    expect(messages("warning")).toEqual([
      `sam stays at ${A}, as kluster:rollback says; without that it would run ${B}`,
    ]);
    expect(await up(C, { rollback: "previous" })).toEqual([]);
    expect(state).toMatchObject({ storePath: A });
  });

  test("goes forward to what is evaluated when it is not to go back any more, and back again", async () => {
    await up(A);
    await up(B);
    await up(B, { rollback: "previous" });
    expect(await up(B)).toEqual(expect.arrayContaining(["storePath", "rollback"]));
    expect(state).toMatchObject({ storePath: B });
    expect(state).not.toHaveProperty("pinned");
    await up(B, { rollback: "previous" });
    expect(state).toMatchObject({ storePath: A });
  });

  test("is told by the state alone where a run was killed in between", async () => {
    await up(A);
    await up(B);
    // The machine may be there already; the state, as a refresh has found it, has the path and not the wish.
    state = { ...state, storePath: A };
    await up(B, { rollback: "previous" });
    expect(state).toMatchObject({ storePath: A, pinned: A });
    // And somebody made it run another one by hand.
    state = { ...state, storePath: D };
    expect(await up(B, { rollback: "previous" })).toEqual(["storePath"]);
    expect(state).toMatchObject({ storePath: A, pinned: A });
  });

  test("goes to the one that is named", async () => {
    await up(A);
    await up(B);
    await up(C);
    await up(C, { rollback: hash("a").slice(0, 7) });
    expect(state).toMatchObject({ storePath: A });
    await up(C, { rollback: hash("b") });
    expect(state).toMatchObject({ storePath: B });
    await up(C, { rollback: "previous" });
    expect(state).toMatchObject({ storePath: A });
  });

  test("says in the preview what it means, with what is in both", async () => {
    await up(A, { packages: { htop: ["3.4.0"], kubernetes: ["1.36.1"] } });
    await up(B, { packages: { htop: ["3.4.1"], kubernetes: ["1.36.1"] } });
    await restart();
    const { inputs } = await check(B, { rollback: "previous" });
    await provider.update(urn, "i", state!, state!, inputs, true);
    expect(messages("info")).toEqual([
      `sam: ${B} → ${A}
  rollback  to the system of before, as kluster:rollback says; nothing is built or copied
  packages  htop 3.4.1 → 3.4.0
  units     the same
  reboot    not needed`,
    ]);
    await provider.update(urn, "i", inputs, inputs, { ...state!, attempt: "other" }, true);
    expect(messages("info")[1]).toContain("rollback  is over: forward to what the configuration gives");
  });

  test("has what that system asks for, with the values of today", async () => {
    const asks = { secretFiles: [wifi] };
    await up(A, { ...asks, secrets: { ca: "CA", [wifi.secret]: "old" } });
    await up(B);
    await up(B, { rollback: "previous", offered: { [wifi.secret]: "new", "kluster:secrets.spare": "x" } });
    expect(state).toMatchObject({ storePath: A, secretFiles: [wifi], secrets: { [wifi.secret]: "new" } });
    expect(state).not.toHaveProperty("offered");
  });

  test("has nothing of a secret in what is kept of its systems", async () => {
    await up(A, { secretFiles: [wifi], secrets: { [wifi.secret]: "hunter2" } });
    expect(JSON.stringify(state!.history)).not.toContain("hunter2");
  });

  test("is refused where what it asks for is gone", async () => {
    await up(A, { secretFiles: [wifi], secrets: { [wifi.secret]: "old" } });
    await up(B);
    expect(await refusal(B, { rollback: "previous" })).toMatch(
      new RegExp(
        `^sam cannot go back to ${A}, which wants what is not there any more: kluster:secrets\\.wifi\\.`,
      ),
    );
  });

  test.each([
    [
      "across other keys",
      { rollback: "previous", ties: { ...ties, "the operator's SSH key": "new" } },
      /of before a change of the operator's SSH key/,
    ],
    ["to what it never ran", { rollback: hash("z") }, /cannot go back to a system whose hash begins with z/],
    ["on another machine of that name", { rollback: "previous", identity: "j" }, /has no earlier system/],
  ])("is refused %s", async (_, more, expected) => {
    await up(A);
    await up(B);
    expect(await refusal(B, more)).toMatch(expected);
  });

  test("is refused where there was nothing before", async () => {
    expect(await refusal(A, { rollback: "previous" })).toMatch(/^sam has no earlier system/);
    await up(A);
    expect(await refusal(A, { rollback: "previous" })).toMatch(/^sam has no earlier system/);
  });

  test("waits in a preview for what is not known yet", async () => {
    await up(A);
    await up(B);
    await restart();
    const unknown = { storePath: UNKNOWN, secretFiles: UNKNOWN, secrets: UNKNOWN, ties: UNKNOWN };
    const { inputs, refused } = await check(B, { ...unknown, rollback: "previous" });
    expect([refused, inputs.storePath, inputs.secrets]).toEqual([[], A, UNKNOWN]);
    expect((await check(B, unknown)).inputs).not.toHaveProperty("history");
  });

  test("is nothing for a state that has kept none", async () => {
    state = evaluatedAs(A);
    delete state.offered;
    delete state.ties;
    expect(await up(A)).toEqual([]);
  });

  describe("and Kubernetes", () => {
    const of = (version: string) => ({ packages: { kubernetes: [version] }, isMaster: true });

    test("may leave out no minor", async () => {
      await up(A, of("1.34.2"));
      expect(await refusal(B, of("1.36.1"))).toMatch(/^sam would go from Kubernetes 1\.34\.2 to 1\.36\.1/);
      await up(B, of("1.35.0"));
      await up(C, of("1.36.1"));
    });

    test("goes a minor back by a rollback alone, with a warning", async () => {
      await up(A, of("1.35.0"));
      await up(B, of("1.36.1"));
      expect(await refusal(C, of("1.35.0"))).toMatch(/a minor back\. If that is meant/);
      await up(B, { ...of("1.36.1"), rollback: "previous" });
      expect(messages("warning")).toEqual([
        expect.stringMatching(/^sam goes back from Kubernetes 1\.36\.1 to 1\.35\.0/),
      ]);
    });

    test("is on no node newer than on the master", async () => {
      await up(A, of("1.35.0"));
      await restart();
      evaluate(A, of("1.35.0").packages);
      expect((await check(A, { isMaster: true })).refused).toEqual([]);
      evaluate(B, of("1.36.1").packages);
      const ee = await provider.check(urn, evaluatedAs(B, { machine: "ee", isMaster: false }));
      expect(ee.getFailuresList().map((failure) => failure.getReason())).toEqual([
        expect.stringMatching(
          /^ee would run Kubernetes 1\.36\.1, newer than the API server's 1\.35\.0 on sam/,
        ),
      ]);
    });
  });
});

describeWithSshd("a machine that goes back", () => {
  const [host, client] = [generateSshKeyPair("host"), generateSshKeyPair("client")];
  let folder: string;
  let port: number;
  let sshd: Sshd;
  const ran: string[] = [];

  beforeEach(async () => {
    ran.length = 0;
    folder = mkdtempSync(join(tmpdir(), "kluster-rollback-"));
    mkdirSync(join(folder, "scripts"));
    const script = (name: string, text: string) => writeFileSync(join(folder, "scripts", name), `${text}\n`);
    for (const name of [
      "supervise-activation",
      "unit-health",
      "reachable",
      "commit-system",
      "running-activation",
    ])
      script(`${name}.sh`, "true");
    for (const name of ["keep-secrets", "place-secrets", "settle-secrets", "check-secrets"])
      script(`${name}.sh`, "true");
    script("probe.sh", `printf 'boot=b\\ninstaller=no\\nsystem=${B}\\nprofile=${B}\\n'`);
    script("activate.sh", `echo "$1" >>${folder}/activated; cat >/dev/null`);
    script("activation-state.sh", "printf 'phase=commit\\noutcome=committed\\ncode=0\\n'");
    script("has-system.sh", `[ "$1" = ${A} ] && echo yes || echo no`);
    port = await freePort();
    sshd = await startSshd({ port, hostKey: host, clientKey: client });
  });
  afterEach(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  async function goBackTo(storePath: string): Promise<void> {
    const context = {
      signal: new AbortController().signal,
      ...{ status: () => {}, info: () => {}, warn: () => {} },
      phase: <T>(_name: string, work: () => Promise<T>) => work(),
    };
    const run: Run = async (command, args) => {
      ran.push([command, ...args].join(" "));
      return { code: 1, stdout: "", stderr: "" };
    };
    const services = new MachineServices(run, { project: folder, cache: join(folder, "cache") });
    const login = { address: "127.0.0.1", hostKey: host.publicKey, privateKey: client.privateKey };
    const before = { ...evaluatedAs(B), ...login } as SystemInputs;
    const inputs = { ...before, storePath, rollback: "previous", pinned: storePath };
    await system(services, port).update!("i", { outputs: {}, before, inputs }, context);
  }

  test("activates the earlier system as any other, and nothing is built or copied for it", async () => {
    await goBackTo(A);
    expect(readFileSync(join(folder, "activated"), "utf8")).toBe(`${A}\n`);
    expect(ran.filter((command) => !command.includes("diff-closures"))).toEqual([]);
  });

  test("is refused where that system is not there any more", async () => {
    await expect(goBackTo(D)).rejects.toThrow(
      `sam has ${D} no more, so it cannot go back to it. Nothing was changed. \`npm run generations -- sam\``,
    );
    expect(() => readFileSync(join(folder, "activated"))).toThrow(/ENOENT/);
  });
});
