import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HetznerApi, Project, Projects } from "../../../provider/hetzner";
import { askCatalogue, readCatalogue } from "../../../provider/hetzner/catalogue";
import { ApiServer, error, listed, startApi } from "./api-server";
import { answers } from "./offers";

const offered = answers({
  cx23: {
    price: "5.49",
    fsn1: { available: false },
    nbg1: null,
    hel1: { available: true, until: "2027-01-01T00:00:00Z" },
  },
});
let server: ApiServer;

beforeEach(async () => {
  server = await startApi(({ path }) => {
    if (path.startsWith("/pricing")) return { body: { pricing: offered.pricing } };
    if (path.startsWith("/server_types")) return listed("server_types", offered.server_types);
    if (path.startsWith("/servers")) return listed("servers", servers);
    if (path.startsWith("/primary_ips")) return listed("primary_ips", []);
    return undefined;
  });
});
afterEach(() => server.stop());

const labels = (host: string) => ({ "kluster-stack": "0123456789abcdef", "kluster-host": host });
const servers = [
  { id: 1, name: "kluster-dev-il", labels: labels("il"), status: "running", primary_disk_size: 40 },
  { id: 2, name: "kluster-dev-ee", labels: labels("ee"), status: "deleting", primary_disk_size: 40 },
];
const open = () => new HetznerApi({ token: "x".repeat(64), endpoint: server.endpoint });

describe("the catalogue", () => {
  test("is stock, end of sale, zone and net prices", async () => {
    const { types, ipv4, currency } = await askCatalogue(open());
    const { locations, prices, ...cx23 } = types.get("cx23")!;
    expect(cx23).toEqual({ name: "cx23", architecture: "x86", disk: 40 });
    expect(Object.fromEntries(locations)).toEqual({
      fsn1: { available: false, price: "5.4900000000" },
      hel1: { available: true, until: new Date("2027-01-01"), price: "5.4900000000" },
    });
    expect([...prices.keys()]).toEqual(["fsn1", "hel1"]);
    expect(ipv4.get("nbg1")).toBe("0.5000000000");
    expect(currency).toBe("EUR");
  });

  test("believes in stock where an API does not speak of it", () => {
    const { server_types, pricing } = answers({ cx23: { price: "5.49" } });
    expect(readCatalogue(server_types, pricing).types.get("cx23")!.locations.get("fsn1")!.available).toBe(
      true,
    );
  });

  test("that has become another one is told as such, not as a crash", () => {
    expect(() => readCatalogue([{} as never], offered.pricing)).toThrow(/are not what they were/);
    expect(() => readCatalogue([], undefined as never)).toThrow(/are not what they were/);
  });

  const description =
    process.env.KLUSTER_HCLOUD_OPENAPI ?? join(__dirname, "../../../../shared/hetzner/hcloud-openapi.json");
  (existsSync(description) ? test : test.skip)(
    "takes only what Hetzner's description promises (skipped where the description is missing)",
    () => {
      const { schemas } = JSON.parse(readFileSync(description, "utf8")).components;
      expect(schemas.server_type.required).toEqual(
        expect.arrayContaining(["name", "architecture", "disk", "prices", "locations"]),
      );
      expect(schemas.server_type_location.required).toEqual(expect.arrayContaining(["name", "deprecation"]));
      expect(schemas.price_per_time.required).toEqual(expect.arrayContaining(["location", "price_monthly"]));
      expect(schemas.location.required).toEqual(expect.arrayContaining(["name", "network_zone"]));
      const pricing = schemas.list_prices_response.properties.pricing;
      expect(pricing.required).toEqual(expect.arrayContaining(["currency", "primary_ips"]));
      expect(schemas.server.required).toEqual(
        expect.arrayContaining(["id", "name", "labels", "status", "primary_disk_size", "protection"]),
      );
    },
  );
});

describe("a project", () => {
  const recordOf = (host: string) => ({
    ...{ stackIdentity: "0123456789abcdef", host, name: `kluster-dev-${host}`, address: "10.64.0.11" },
  });

  test("is asked for each thing once, however many hosts there are", async () => {
    const project = new Project(open());
    const hosts = ["il", "ee", "sam"];
    await Promise.all(hosts.map((host) => project.find(recordOf(host))));
    await Promise.all(hosts.map(() => project.catalogue()));
    expect(server.asked.map(({ path }) => path.split("?")[0]).sort()).toEqual([
      ...["/pricing", "/primary_ips", "/server_types", "/servers"],
    ]);
    expect(server.asked[0].path).not.toContain("label_selector"); // labels can be lost
  });

  test("knows a host's server, and none that is just going away", async () => {
    const project = new Project(open());
    await expect(project.find(recordOf("il"))).resolves.toMatchObject({
      is: "ours",
      claim: { server: { id: 1 } },
    });
    await expect(project.find(recordOf("ee"))).resolves.toEqual({ is: "absent", hasAddresses: false });
    await expect(project.find(recordOf("sam"))).resolves.toEqual({ is: "absent", hasAddresses: false });
  });

  test("that fails is asked again after a minute, and not by every host anew", async () => {
    let now = 1_000_000;
    const project = new Project(open(), () => now);
    const own = server.answer;
    server.answer = () => error(401, "unauthorized");
    for (const host of ["il", "ee", "sam"]) {
      await expect(project.find(recordOf(host))).rejects.toMatchObject({ code: "unauthorized" });
    }
    expect(server.asked).toHaveLength(1);
    server.answer = own;
    now += 60_001;
    await expect(project.find(recordOf("il"))).resolves.toMatchObject({ is: "ours" });
    now += 3_600_000;
    await project.find(recordOf("il"));
    expect(server.asked).toHaveLength(2);
  });

  test("is another one with another token", () => {
    const projects = new Projects();
    expect(projects.of({ token: "a" })).toBe(projects.of({ token: "a" }));
    expect(projects.of({ token: "a" })).not.toBe(projects.of({ token: "b" }));
    expect(projects.of({ token: "a" })).not.toBe(
      projects.of({ token: "a", endpoint: "http://127.0.0.1/v1" }),
    );
  });
});
