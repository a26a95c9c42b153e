import { TOKEN } from "../../hetzner/project";
import { Desk, failed } from "./desk";
import type { Json } from "./recordings";

let desk: Desk;
let call: Desk["call"];
let must: Desk["must"];

beforeEach(async () => {
  desk = new Desk();
  await desk.open();
  ({ call, must } = desk);
});
afterEach(() => desk.close());

describe("the plugin", () => {
  test("says what it can do", async () => {
    expect(await desk.wire.configure({ token: TOKEN })).toEqual({
      supportsPreview: true,
      supportsAutonamingConfiguration: true,
    });
  });

  test("refuses what it does not have", async () => {
    const { errors } = await call("Create", "Volume", { properties: {} });
    expect(errors).toEqual([
      "rpc error: code = Unimplemented desc = hcloud:index/volume:Volume is not in the lab's stand-in of the hcloud plugin (lab/plugins/hcloud)",
    ]);
    const news = { token: TOKEN, endpointHetzner: "http://127.0.0.1" };
    const { failures } = await must("CheckConfig", "Provider", { news });
    expect(failures).toMatchObject([{ property: "endpointHetzner" }]);
  });

  test("notices a short token when it makes its first object", async () => {
    await desk.wire.configure({ token: "short" });
    const properties = { name: "net", ipRange: "10.64.0.0/24" };
    expect(await failed(call("Create", "Network", { properties }))).toBe(
      "entered token is invalid (must be exactly 64 characters long)",
    );
  });

  test.each<[Json, string]>([
    [{}, "Missing Hetzner Cloud API token"],
    [{ token: TOKEN, pollInterval: "soon" }, `time: invalid duration "soon"`],
    [{ token: TOKEN, pollFunction: "linear" }, "poll_function"],
  ])("refuses to be configured with %j", async (settings, reason) => {
    const { HCLOUD_TOKEN } = process.env;
    delete process.env.HCLOUD_TOKEN;
    await expect(desk.wire.configure(settings)).rejects.toThrow(reason);
    if (HCLOUD_TOKEN) process.env.HCLOUD_TOKEN = HCLOUD_TOKEN;
  });
});
