import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { hostOnlyNetwork } from "../../../provider/resources/host-only-network";
import { fromStruct, Properties } from "../../../provider/values";
import { MachineServices } from "../../../provider/machine-services";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { FakeBox } from "../virtualbox/fake-box";

const given: Properties = { cidr: "192.168.56.0/24", address: "192.168.56.1" };
const outputs: Properties = { ...given, adapter: "vboxnet0", created: false };
const docker = { interface: "br-5f2a", address: "192.168.56.0", prefixLength: 24 };
const urn = urnOf({ type: "kluster-provider:virtualbox:HostOnlyNetwork" });

let folder: string;
let box: FakeBox;
let provider: ServedProvider;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kluster-host-only-"));
  box = new FakeBox(folder);
  box.interfaces = [{ name: "vboxnet0", address: "192.168.56.1", netmask: "255.255.255.0", dhcp: false }];
  const services = new MachineServices(box.run, { project: "/nowhere", cache: "/nowhere/cache" });
  provider = await serveProvider([hostOnlyNetwork(services, { clock: box.clock, routes: box.routes })]);
});
afterEach(() => {
  provider.stop();
  rmSync(folder, { recursive: true });
});

async function checked(before: Properties | undefined, news = given) {
  const request = new CheckRequest();
  request.setUrn(urn);
  request.setNews(Struct.fromJavaScript(news));
  if (before) request.setOlds(Struct.fromJavaScript(before));
  const response = await provider.call<CheckResponse>("check", request);
  const failures = response.getFailuresList().map((one) => [one.getProperty(), one.getReason()]);
  return { inputs: fromStruct(response.getInputs()), failures };
}

const changes = async (before: Properties, news: Properties) =>
  (await provider.diff(urn, outputs, before, news)).getDiffsList();
const warnings = () =>
  provider.lines.filter(({ severity }) => severity === "warning").map(({ message }) => message);

test.each<[string, () => void]>([
  ["down", () => (box.interfaces[0].down = true)],
  ["without its address", () => (box.interfaces[0].addressless = true)],
])("one that is found %s is a change in the preview, is brought up, and then no change", async (_, act) => {
  expect((await checked(given)).inputs).toEqual(given);
  act();
  const { inputs, failures } = await checked(given);
  expect([await changes(given, inputs), failures]).toEqual([["foundDown"], []]);
  await provider.update(urn, "vboxnet0", outputs, given, inputs);
  const after = (await checked(inputs)).inputs;
  expect(await changes(inputs, after)).toEqual([]);
  act();
  expect(await changes(after, (await checked(after)).inputs)).toEqual(["foundDown"]);
});

test("a refresh says that it is down, and what brings it up", async () => {
  await provider.read(urn, "vboxnet0", outputs, given);
  expect(warnings()).toEqual([]);
  box.interfaces[0].down = true;
  expect((await provider.read(urn, "vboxnet0", outputs, given)).getId()).toBe("vboxnet0");
  expect(warnings()).toEqual([expect.stringMatching(/vboxnet0 is down.*`pulumi up` brings it up/)]);
});

test("a refresh keeps the network while another host-only interface lies across it, and says so", async () => {
  box.interfaces[0].netmask = "255.255.0.0";
  expect((await provider.read(urn, "vboxnet0", outputs, given)).getId()).toBe("vboxnet0");
  expect(warnings()).toEqual([expect.stringContaining("vboxnet0 has 192.168.56.1/16, which overlaps")]);
});

test("a refresh notices that it is gone, and a preview warns of it", async () => {
  box.interfaces = [];
  expect((await checked(given)).inputs).toEqual(given);
  expect(warnings()).toEqual([expect.stringMatching(/no host-only interface has .*`pulumi refresh`/)]);
  expect((await provider.read(urn, "vboxnet0", outputs, given)).getId()).toBe("");
});

describe("a range that another interface of the box has", () => {
  beforeEach(() => (box.otherRoutes = [docker]));

  test("is refused by the preview, before anything is made", async () => {
    const { failures } = await checked(undefined);
    expect(failures).toEqual([["cidr", expect.stringMatching(/to its interface br-5f2a.*kluster:network/)]]);
  });

  test("is a warning where machines are on it already, in preview and refresh", async () => {
    const { inputs, failures } = await checked(given);
    expect([inputs, failures]).toEqual([given, []]);
    await provider.read(urn, "vboxnet0", outputs, given);
    expect(warnings()).toEqual([expect.stringContaining("br-5f2a"), expect.stringContaining("br-5f2a")]);
  });
});

test("a network that is to become another is not in its own way", async () => {
  expect((await checked(given, { ...given, cidr: "192.168.56.0/23" })).failures).toEqual([]);
});

test("a box without VirtualBox is for others to tell", async () => {
  box.faults = [{ pattern: /^list/, times: 9, answer: { stderr: "VBoxManage: error: Failed" } }];
  expect(await checked(undefined)).toEqual({ inputs: given, failures: [] });
});
