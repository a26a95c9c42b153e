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

beforeEach(async () => {
  cloud = new Cloud();
  server = await startApi(cloud.answer);
  const clock = new FakeClock();
  const projects = new Projects((access) => new HetznerApi({ ...access, clock }));
  provider = await serveProvider([hetznerCleanup(projects)]);
  inputs = { token, endpoint: server.endpoint, stackIdentity, stack: "dev" };
});
afterEach(async () => {
  provider.stop();
  await server.stop();
});

const told = () => provider.lines.filter(({ ephemeral }) => !ephemeral).map(({ message }) => message);

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
