import { Summaries } from "../../../provider/nixos/summaries";
import { Described, Summary, summarize } from "../../../provider/nixos/summary";
import { SecretFile } from "../../../provider/nixos/system";
import { system } from "../../../provider/resources/system";
import { fromStruct, Properties, UNKNOWN } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { secretOnWire, ServedProvider, serveProvider, urnOf } from "../../support/provider";

/** A preview builds nothing, copies nothing and logs in nowhere: any program that it ran would be one too many. */
const newServices = () =>
  new MachineServices(() => Promise.reject(new Error("nothing is run")), {
    project: "/nowhere",
    cache: "/nowhere/cache",
  });
const described: Described = {
  ...{ kernel: "/nix/store/k", kernelVersion: "6.18.2", initrd: "/nix/store/i", kernelParams: [] },
  ...{ kernelModules: [], inhibitors: {}, packages: { htop: ["3.4.0"] }, units: {} },
};
const [one, two] = ["/nix/store/one-nixos", "/nix/store/two-nixos"];
const urn = urnOf({ type: "kluster-provider:nixos:System" }, "ee");
const inputs: Properties = {
  ...{ identity: "i", machine: "ee", address: "192.168.56.12", hostKey: "h", privateKey: "k", drvPath: "/d" },
  ...{ storePath: one, secretFiles: [], secrets: {} },
};
const wifi: SecretFile = {
  secret: "kluster:secrets.wifi",
  path: "/wifi",
  mode: "0400",
  restartUnits: ["wifi.service"],
};

let provider: ServedProvider;
let summaries: Summaries;
beforeEach(async () => {
  const services = newServices();
  summaries = services.summaries;
  provider = await serveProvider([system(services)]);
});
afterEach(() => provider.stop());

/** As the evaluation of this run does. */
function evaluated(storePath: string, packages: Record<string, string[]> = described.packages): Summary {
  const rest = { drvPath: "/d", certificates: {}, bootstrapObjects: [], secrets: [] };
  summaries.takeFrom({
    ee: { ...rest, storePath, summary: summarize(storePath, { ...described, packages }) },
  });
  return summaries.of(storePath)!;
}

async function checked(news: Properties, before?: Properties): Promise<Properties> {
  const response = await provider.check(urn, news, before);
  return fromStruct(response.getInputs());
}

test("a machine that comes, and whose system nobody knows yet, has no summary", async () => {
  const { storePath: _, ...coming } = inputs;
  expect(await checked(coming)).toEqual(coming);
  expect(await checked({ ...coming, storePath: UNKNOWN })).toEqual({ ...coming, storePath: UNKNOWN });
});

/** What the preview of a change says of it. */
async function said(before: Properties, after: Properties): Promise<string[]> {
  await provider.update(urn, "i", before, before, after, true);
  return provider.lines.filter(({ ephemeral }) => !ephemeral).map(({ message }) => message);
}

describe("what is in a system", () => {
  test("is kept beside it as soon as it was evaluated", async () => {
    const summary = evaluated(one);
    expect(await checked(inputs)).toMatchObject({ ...inputs, summary });
  });

  test("is nothing that a state from before it was kept would have to be changed for", async () => {
    evaluated(one);
    const news = await checked(inputs, inputs);
    expect(news).toHaveProperty("summary");
    expect((await provider.diff(urn, inputs, inputs, news)).getDiffsList()).toEqual([]);
  });

  test("stays known where this run has not evaluated, and is never that of another", async () => {
    const summary = summarize(one, described);
    expect(await checked(inputs, { ...inputs, summary })).toHaveProperty("summary", summary);
    const after = await checked({ ...inputs, storePath: two }, { ...inputs, summary });
    expect(after).not.toHaveProperty("summary");
    // A refresh has found another system on the machine than the one that is described.
    const drifted = await checked({ ...inputs, storePath: two }, { ...inputs, storePath: two, summary });
    expect(drifted).not.toHaveProperty("summary");
  });
});

describe("a preview", () => {
  test("says what a new system brings", async () => {
    const before = { ...inputs, summary: summarize(one, described) };
    evaluated(two, { htop: ["3.4.1"], jq: ["1.8"] });
    const after = await checked({ ...inputs, storePath: two }, before);
    expect(await said(before, after)).toEqual([
      `ee: ${one} → ${two}
  packages  htop 3.4.0 → 3.4.1; new: jq 1.8
  units     the same
  reboot    not needed`,
    ]);
  });

  test("does not compare with what is not there", async () => {
    evaluated(two);
    const after = await checked({ ...inputs, storePath: two }, inputs);
    expect(await said(inputs, after)).toEqual([expect.stringContaining("not known of the system before")]);
  });

  test("names secrets that change, and never what they are", async () => {
    const secret = { secretFiles: [wifi] };
    const before = { ...inputs, ...secret, secrets: secretOnWire({ [wifi.secret]: "hunter1" }) as never };
    const after = { ...inputs, ...secret, secrets: secretOnWire({ [wifi.secret]: "hunter2" }) as never };
    const lines = await said(before, after);
    expect(lines).toEqual([
      `ee: the system stays ${one}\n  secrets  kluster:secrets.wifi; for them restart wifi.service`,
    ]);
    expect(JSON.stringify(provider.lines)).not.toContain("hunter");
  });

  test("says when the machine may run neither", async () => {
    const olds = { ...inputs, unproved: "it did not answer" };
    await provider.update(urn, "i", olds, inputs, inputs, true);
    expect(provider.lines.map(({ message }) => message)).toEqual([
      `ee: the system stays ${one}\n  unproved  a change was begun before; what the machine runs is looked at by the run`,
    ]);
  });

  test("says what is not known yet", async () => {
    const after = { ...inputs, storePath: UNKNOWN, secretFiles: UNKNOWN, secrets: UNKNOWN };
    expect(await said(inputs, after)).toEqual([
      `ee: ${one} → a system that is known as soon as it can be evaluated\n  secrets  known during the run`,
    ]);
  });
});
