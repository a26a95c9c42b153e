import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { UNKNOWN } from "../../../provider/values";
import { HetznerApi, Projects } from "../../../provider/hetzner";
import { hetznerCleanup } from "../../../provider/resources/hetzner-cleanup";
import { ApiServer, error, startApi } from "../hetzner/api-server";
import { Cloud } from "../hetzner/cloud";
import { secretOnWire, ServedProvider, serveProvider, urnOf } from "../../support/provider";
import { FakeClock } from "../virtualbox/fake-clock";

const token = "t0k3n".repeat(12) + "zzzz";
const stackIdentity = "0123456789abcdef";
const urn = urnOf({ type: "kluster-provider:hetzner:Cleanup" }, "cleanup");
let cloud: Cloud;
let server: ApiServer;
let provider: ServedProvider;
let inputs: { token: string; endpoint: string; stackIdentity: string; stack: string };
/** Where this box is on the internet. */
let own: string[];

beforeEach(async () => {
  cloud = new Cloud();
  server = await startApi(cloud.answer);
  const clock = new FakeClock();
  const projects = new Projects((access) => new HetznerApi({ ...access, clock }));
  own = [];
  provider = await serveProvider([hetznerCleanup(projects, async () => own)]);
  inputs = { token, endpoint: server.endpoint, stackIdentity, stack: "dev" };
});
afterEach(async () => {
  provider.stop();
  await server.stop();
});

const told = () => provider.lines.filter(({ ephemeral }) => !ephemeral).map(({ message }) => message);

describe("a preview", () => {
  const names = { networks: ["kluster-dev"], firewalls: ["kluster-dev"], servers: ["kluster-dev-il"] };

  async function check(news: object, olds?: object) {
    const request = new CheckRequest();
    request.setUrn(urn);
    if (olds) request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript({ ...inputs, names, ...news }));
    const response = await provider.call<CheckResponse>("check", request);
    return response.getFailuresList().map((failure) => failure.getReason());
  }

  test.each([UNKNOWN, stackIdentity])(
    "of a new stack (%s) refuses every name that is taken",
    async (identity) => {
      cloud.add("networks", "kluster-dev");
      cloud.add("servers", "kluster-dev-il", { "kluster-stack": "fedcba9876543210" });
      expect(await check({ stackIdentity: identity })).toEqual([
        expect.stringMatching(/^The network kluster-dev exists .*not made by kluster/),
        expect.stringMatching(/^The server kluster-dev-il exists .*another stack/),
      ]);
      expect(told()).toEqual([]);
    },
  );

  test("of a stack that stands warns of strangers, once, and asks for six lists at once", async () => {
    const db = cloud.add("servers", "db", {}, { status: "running" });
    cloud.add("networks", "kluster-dev", { "kluster-stack": stackIdentity }, { servers: [db.id] });
    for (let time = 0; time < 2; time++) expect(await check({}, inputs)).toEqual([]);
    expect(told()).toEqual([
      expect.stringMatching(
        /^The server db \(id 1\) is in the network kluster-dev.*`pulumi destroy` would leave both/,
      ),
    ]);
    expect(server.asked.map(({ path }) => path.split("?")[0]).sort()).toEqual([
      "/firewalls",
      "/networks",
      "/placement_groups",
      "/primary_ips",
      "/servers",
      "/ssh_keys",
    ]);
  });

  test("is none of a project that cannot be asked: the choice of each server says why", async () => {
    cloud.before = () => error(401, "unauthorized");
    expect(await check({}, inputs)).toEqual([]);
    expect(told()).toEqual([]);
  });

  test.each([
    [["203.0.113.7"], true],
    [["198.51.100.1", "2001:db8:1::7"], true],
    [[], true],
    [["198.51.100.1"], false],
  ])("from %j is let in: %s", async (addresses, isIn) => {
    own = addresses;
    expect(await check({ access: ["203.0.113.7/32", "2001:db8:1::/64"] }, inputs)).toEqual([]);
    expect(told()).toEqual(
      isIn
        ? []
        : [
            expect.stringMatching(
              /^kluster:access does not have .*\(198\.51\.100\.1\).*setup\/allow --stack dev/,
            ),
          ],
    );
  });

  test("makes no change of a state that has neither names nor networks", async () => {
    const diff = await provider.diff(urn, inputs, inputs, { ...inputs, names, access: ["0.0.0.0/0"] });
    expect(diff.getDiffsList()).toEqual([]);
  });
});

test("names strangers before it deletes anything", async () => {
  const db = cloud.add("servers", "db", {}, { status: "running" });
  cloud.add("networks", "kluster-dev", { "kluster-stack": stackIdentity }, { servers: [db.id] });
  cloud.add("ssh_keys", "kluster-dev", { "kluster-stack": stackIdentity });
  await expect(provider.delete(urn, stackIdentity, inputs, inputs)).rejects.toThrow(
    /- The server db \(id 1\) is in the network kluster-dev.*Deleted were: the SSH key kluster-dev/s,
  );
  expect(told()).toEqual([expect.stringMatching(/^The server db \(id 1\) is in the network kluster-dev/)]);
  expect(cloud.all).toEqual(["servers/db", "networks/kluster-dev"]);
});

test("costs nothing until it goes, and keeps the token secret", async () => {
  const made = await provider.create(urn, inputs);
  expect(made.getId()).toBe(stackIdentity);
  expect((made.getProperties()!.toJavaScript() as any).token).toEqual(secretOnWire(token));
  expect(server.asked).toEqual([]);
});

test("deletes what is left of its stack, and nothing else, and says so", async () => {
  cloud.add("servers", "kluster-dev-il", { "kluster-stack": stackIdentity });
  cloud.add("primary_ips", "kluster-dev-il-ipv4", { "kluster-stack": stackIdentity });
  cloud.add("servers", "other", { "kluster-stack": "fedcba9876543210" });
  await provider.delete(urn, stackIdentity, inputs, inputs);
  expect(cloud.all).toEqual(["servers/other"]);
  expect(told()).toEqual([
    "deleted what was left of the stack dev (the server kluster-dev-il, the primary IP kluster-dev-il-ipv4); " +
      `nothing labelled kluster-stack=${stackIdentity} is left at Hetzner, so nothing of dev costs money any more`,
  ]);
});

test("says that nothing was left, after having looked", async () => {
  await provider.delete(urn, stackIdentity, inputs, inputs);
  expect(told()).toEqual([expect.stringMatching(/^nothing labelled kluster-stack=0123456789abcdef is left/)]);
  expect(server.asked.length).toBeGreaterThan(0);
});

test("asks with the newest token, which is among the inputs and not the outputs", async () => {
  const newest = "n".repeat(64);
  await provider.delete(urn, stackIdentity, inputs, { ...inputs, token: newest });
  expect(new Set(server.asked.map(({ authorization }) => authorization))).toEqual(
    new Set([`Bearer ${newest}`]),
  );
});

test("does not go when it cannot look, and says what can be done", async () => {
  cloud.before = () => error(401, "unauthorized", `no ${token}`);
  const going = provider.delete(urn, stackIdentity, inputs, inputs);
  await expect(going).rejects.toThrow(
    /whether anything of the stack dev is left at Hetzner could not be found out/,
  );
  await expect(going).rejects.toThrow(/pulumi config set --secret hcloud:token/);
  await expect(going).rejects.toThrow(/pulumi state delete/);
  await expect(going).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(token) }),
  );
});

test("does not go while something is left", async () => {
  cloud.add("volumes", "data", { "kluster-stack": stackIdentity }, { protection: { delete: true } });
  await expect(provider.delete(urn, stackIdentity, inputs, inputs)).rejects.toThrow(
    /what is left may cost money:\n- The volume data cannot be deleted: it is protected/,
  );
  expect(told()).toEqual([]);
});

test("another token, endpoint or name is no change; another stack's identity is another sweep", async () => {
  const other = { ...inputs, token: "n".repeat(64), endpoint: "https://example.org/v1", stack: "prod" };
  expect((await provider.diff(urn, inputs, inputs, other)).getDiffsList()).toEqual([]);
  const diff = await provider.diff(urn, inputs, inputs, { ...inputs, stackIdentity: "fedcba9876543210" });
  expect(diff.getReplacesList()).toEqual(["stackIdentity"]);
});
