import { control, ControlAnswer } from "../../../lab/hetzner/control";
import { Project, serverBody } from "./project";

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(async () => {
  await project.api.idle();
  project.close();
});

const put = (path: string, body: object): ControlAnswer =>
  control(project.api, "PUT", new URL(path, "http://lab"), JSON.stringify(body));

const typeNamed = async (name: string) =>
  (await project.run("GET", `/server_types?name=${name}`)).server_types[0];
const netOf = (type: any) => type.prices[0].price_monthly.net;

test("a token that may only read reads, and changes nothing", async () => {
  const { id } = await project.createServer();
  expect(put("/_token", { readOnly: true })).toMatchObject({ status: 200, body: { readOnly: true } });
  expect((await project.server(id)).status).toBe("running");
  for (const [method, path] of [
    ["POST", "/servers"],
    ["DELETE", `/servers/${id}`],
    ["POST", `/servers/${id}/actions/poweroff`],
    ["PUT", `/servers/${id}`],
  ])
    expect(await project.refused(method, path, {})).toMatch(/ token_readonly$/);
  put("/_token", { readOnly: false });
  await project.act(`/servers/${id}/actions/poweroff`);
});

test("prices change between two runs, of types and addresses", async () => {
  expect(netOf(await typeNamed("cpx22"))).toBe("19.4900000000");
  put("/_catalogue", { types: { cpx22: { monthly: 25.99 } }, ipv4Monthly: 0.6 });
  expect(netOf(await typeNamed("cpx22"))).toBe("25.9900000000");
  const { pricing } = await project.run("GET", "/pricing");
  expect(netOf(pricing.server_types.find(({ name }: any) => name === "cpx22"))).toBe("25.9900000000");
  expect(netOf(pricing.primary_ips[0])).toBe("0.6000000000");
});

test("a type goes, and servers that have it keep it", async () => {
  const { id } = await project.createServer();
  put("/_catalogue", { types: { cpx22: { gone: true } } });
  expect(await typeNamed("cpx22")).toBeUndefined();
  expect(await project.refused("POST", "/servers", serverBody({ name: "ee" }))).toBe("422 invalid_input");
  expect((await project.server(id)).server_type.name).toBe("cpx22");
});

test("a type comes, and one is sold in fewer places", async () => {
  put("/_catalogue", { types: { cpx99: { like: "cpx22", monthly: 9.99 }, cpx22: { locations: ["hel1"] } } });
  expect(netOf(await typeNamed("cpx99"))).toBe("9.9900000000");
  expect((await project.createServer({ server_type: "cpx99" })).server_type.name).toBe("cpx99");
  expect(await project.refused("POST", "/servers", serverBody({ name: "ee" }))).toBe("422 invalid_input");
  await project.createServer({ name: "ee", location: "hel1" });
});

test("a location closes, and servers that are there stay", async () => {
  const { id } = await project.createServer();
  put("/_catalogue", { closed: ["fsn1"] });
  expect((await project.run("GET", "/locations")).locations.map(({ name }: any) => name)).not.toContain(
    "fsn1",
  );
  expect((await typeNamed("cpx22")).locations.map(({ name }: any) => name)).not.toContain("fsn1");
  expect(await project.refused("POST", "/servers", serverBody({ name: "ee" }))).toBe("422 invalid_input");
  const ip = { name: "ip", type: "ipv4", location: "fsn1" };
  expect(await project.refused("POST", "/primary_ips", ip)).toBe("422 invalid_input");
  expect((await project.server(id)).location.name).toBe("fsn1");
});

test.each([
  [{ types: { nosuch: {} } }, /there is no server type nosuch/],
  [{ types: { cpx22: { monthly: "a lot" } } }, /the price of cpx22 must be a number/],
  [{ closed: ["mars"] }, /there is no location mars/],
  [[], /must be an object/],
])("the catalogue %j is refused", (changes, words) => {
  expect(put("/_catalogue", changes)).toMatchObject({ status: 400, body: expect.stringMatching(words) });
});
