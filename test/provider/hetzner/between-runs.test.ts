import { TOKEN } from "../../lab/hetzner/project";
import { Engine } from "./neighbour/engine";
import { StandIn } from "./on-stand-in";

let cloud: StandIn;
let engine: Engine;
beforeEach(async () => {
  cloud = await StandIn.open();
  const { api } = cloud.project;
  engine = new Engine(async (method, path, body) => {
    const text = body ? JSON.stringify(body) : "";
    const answer = await api.answer({ method, path, authorization: `Bearer ${TOKEN}`, body: text });
    await api.idle();
    const { error } = (answer?.body ?? {}) as { error?: { message: string; code: string } };
    if (error) throw Object.assign(new Error(error.message), { code: error.code });
    return answer?.body ?? {};
  }, cloud.endpoint);
  await engine.up();
  api.log.clear();
});
afterEach(() => cloud.close());

test.each([
  ["prices rise", { types: { cpx12: { monthly: 25.99 } }, ipv4Monthly: 0.9 }],
  ["its type is not sold any more", { types: { cpx12: { gone: true } } }],
  ["its type is sold elsewhere only", { types: { cpx12: { locations: ["hel1"] } } }],
  ["its location closes", { closed: ["fsn1"] }],
  ["a cheaper type comes", { types: { cpx22: { monthly: 1 } } }],
])("a stack that stands stays as it is, and at its price, when %s", async (_, catalogue) => {
  const before = structuredClone(engine.decided("il"));
  cloud.project.api.cloud.state.catalogue = catalogue;
  await engine.up();
  expect(cloud.changes).toEqual([]);
  expect(engine.decided("il")).toMatchObject({ ...before, server: expect.any(Number) });
});

test("a server that is gone is ordered at what is sold now, and says so by its price", async () => {
  const { servers } = cloud.project.api.cloud.state;
  await cloud.project.run("DELETE", `/servers/${servers.find(({ name }) => name.endsWith("-il"))!.id}`);
  await cloud.project.api.idle();
  cloud.project.api.cloud.state.catalogue = { types: { cpx12: { gone: true } } };
  await engine.refresh();
  await engine.up();
  expect(engine.decided("il")).toMatchObject({ serverType: "cpx22", monthlyCost: { server: "19.49" } });
  expect(engine.decided("ee")).toMatchObject({ serverType: "cpx12" });
});

test("a destroy with a token that may only read deletes nothing, and says which token it takes", async () => {
  cloud.project.api.cloud.state.readOnly = true;
  await expect(engine.destroy()).rejects.toThrow(
    /server kluster-dev-il cannot be deleted: .*token_readonly.*may only read\. .*pulumi config set --secret hcloud:token/s,
  );
  expect(cloud.project.api.cloud.state.servers).toHaveLength(2);
  cloud.project.api.cloud.state.readOnly = false;
  await engine.destroy();
  expect(cloud.project.api.cloud.state).toMatchObject({ servers: [], networks: [], primaryIps: [] });
});
