import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Summaries, systemsEvaluator } from "../../../provider/nixos/summaries";
import { Run } from "../../../provider/process";
import { evaluation } from "../../../provider/resources/evaluation";
import { fromStruct, UNKNOWN } from "../../../provider/values";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";

const nixpkgs = { url: "https://example.org/nixpkgs.tar.gz", sha256: "0".repeat(52), minimumNix: "2.18" };
const cluster = { master: "il" };
const machines = { il: { address: "192.168.56.11" } };
const contents = {
  ...{ kernel: "/nix/store/k", kernelVersion: "6.18.2", initrd: "/nix/store/i", kernelParams: [] },
  ...{ kernelModules: [], inhibitors: {}, packages: { htop: ["3.4.1"] }, units: {} },
};
const urn = urnOf({ type: "kluster-provider:nixos:Evaluation" }, "systems");

describe("the evaluation over gRPC", () => {
  let folder: string;
  let provider: ServedProvider;
  let version: string;
  let answer: { code: number; stdout: string; stderr: string };
  let systems: object;
  let summaries: Summaries;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-evaluation-"));
    writeFileSync(join(folder, "il.drv"), "");
    const summary = contents;
    systems = { il: { drvPath: join(folder, "il.drv"), storePath: "/nix/store/one", secrets: [] } };
    version = "2.20.0";
    answer = { code: 0, stdout: JSON.stringify({ il: { ...(systems as any).il, summary } }), stderr: "" };
    const run: Run = async (_, args) =>
      args[0] === "--version" ? { code: 0, stdout: `nix-instantiate (Nix) ${version}`, stderr: "" } : answer;
    summaries = new Summaries();
    const evaluator = systemsEvaluator(run, folder, join(folder, "cache"));
    provider = await serveProvider([evaluation(evaluator, summaries)]);
  });
  afterEach(() => {
    provider.stop();
    rmSync(folder, { recursive: true });
  });

  test("knows the systems already when its inputs are checked", async () => {
    const checked = await provider.check(urn, { nixpkgs, cluster, machines });
    expect(fromStruct(checked.getInputs()).systems).toEqual(systems);
    const preview = await provider.create(urn, fromStruct(checked.getInputs()), true);
    expect(fromStruct(preview.getProperties()).systems).toEqual(systems);
  });

  test("keeps what is in them apart, for those who compare systems", async () => {
    const checked = await provider.check(urn, { nixpkgs, cluster, machines });
    expect(fromStruct(checked.getInputs()).systems).toEqual(systems); // a state from before has no more either
    expect(summaries.of("/nix/store/one")).toEqual({ version: 1, storePath: "/nix/store/one", ...contents });
    expect(summaries.of("/nix/store/two")).toBeUndefined();
  });

  test("warns of secrets that no machine asks for, by name, and of no others", async () => {
    const file = { secret: "kluster:secrets.wifi", path: "/x", mode: "0400" };
    answer.stdout = JSON.stringify({ il: { ...(systems as any).il, secrets: [file], summary: contents } });
    const stack = { ...cluster, stack: "dev", secrets: ["wifi", "spare"] };
    const checked = await provider.check(urn, { nixpkgs, cluster: stack, machines });
    expect(checked.getFailuresList()).toEqual([]);
    expect(
      provider.lines.filter(({ severity }) => severity === "warning").map(({ message }) => message),
    ).toEqual([
      "no machine gets the secret spare of Pulumi.dev.yaml: no module sets kluster.secrets.spare. Set it in one, or take the secret out: pulumi config rm --stack dev --path kluster:secrets.spare",
    ]);
  });

  test("warns beforehand of nodes that get other addresses, and not of those who come or go", async () => {
    const of = (hosts: object) => ({ nixpkgs, cluster: { ...cluster, hosts }, machines });
    const request = (news: object, olds: object) => {
      const check = new CheckRequest();
      check.setUrn(urn);
      check.setNews(Struct.fromJavaScript(news as never));
      check.setOlds(Struct.fromJavaScript(olds as never));
      return provider.call<CheckResponse>("check", check);
    };
    const before = of({ il: "10.65.0.11", ee: "10.65.0.12", sam: "10.65.0.13" });
    await request(of({ il: "10.65.0.11", ee: "10.65.0.12", mo: "10.65.0.14" }), before);
    await request(of({ il: "10.65.0.11" }), { nixpkgs, cluster, machines });
    expect(provider.lines.filter(({ severity }) => severity === "warning")).toEqual([]);
    await request(of({ il: "10.66.0.11", ee: "10.66.0.12", mo: "10.66.0.14" }), before);
    expect(provider.lines.filter(({ severity }) => severity === "warning")).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /ee \(10\.65\.0\.12 to 10\.66\.0\.12\), il \(10\.65\.0\.11 to 10\.66\.0\.11\)\. .*the API may be away/,
        ),
      }),
    ]);
  });

  test("leaves the systems open while a fact is unknown", async () => {
    const checked = await provider.check(urn, { nixpkgs, cluster, machines: { il: { address: UNKNOWN } } });
    expect(fromStruct(checked.getInputs())).not.toHaveProperty("systems");
    const preview = await provider.create(urn, fromStruct(checked.getInputs()), true);
    expect(fromStruct(preview.getProperties()).systems).toBe(UNKNOWN);
  });

  test("refuses an old Nix before anything is there, even while facts are unknown", async () => {
    version = "2.8.0";
    const checked = await provider.check(urn, { nixpkgs, cluster, machines: { il: { address: UNKNOWN } } });
    expect(checked.getFailuresList().map((failure) => failure.getReason())).toEqual([
      expect.stringContaining("Nix 2.8.0 is too old"),
    ]);
  });

  test("reports a mistake in a module as a failed check, in Nix's own words", async () => {
    answer = { code: 1, stdout: "", stderr: "error: The option `foo' does not exist.\n" };
    const checked = await provider.check(urn, { nixpkgs, cluster, machines });
    expect(checked.getFailuresList().map((failure) => failure.toObject())).toEqual([
      {
        property: "",
        reason: expect.stringMatching(
          /^error: The option `foo' does not exist\.\nAll of Nix's way there \(its --show-trace\) is in \/.*\/traces\/[0-9a-f]{64}\.txt\.$/,
        ),
      },
    ]);
  });

  test("the same systems out of other facts are no change; other systems are", async () => {
    const before = { nixpkgs, cluster, machines, systems };
    const renamed = { ...before, cluster: { master: "il", modules: ["/elsewhere/base.nix"] } };
    expect((await provider.diff(urn, before, before, renamed)).getDiffsList()).toEqual([]);
    const changed = { ...before, systems: { il: { ...systems, storePath: "/nix/store/two" } } };
    expect((await provider.diff(urn, before, before, changed)).getDiffsList()).toEqual(["systems"]);
  });
});
