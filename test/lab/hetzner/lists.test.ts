import { parseSelector } from "../../../lab/hetzner/labels";
import { Project } from "./project";

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

const groups = async (names: string[]) => {
  for (const name of names)
    await project.run("POST", "/placement_groups", { name, type: "spread", labels: { name } });
};

const names = async (query: string) =>
  (await project.run("GET", `/placement_groups${query}`)).placement_groups.map(
    ({ name }: { name: string }) => name,
  );

test("pages say where they are", async () => {
  await groups(Array.from({ length: 26 }, (_, at) => `g${at}`));
  const first = await project.run("GET", "/placement_groups");
  expect(first.placement_groups).toHaveLength(25);
  expect(first.meta.pagination).toEqual({
    page: 1,
    per_page: 25,
    previous_page: null,
    next_page: 2,
    last_page: 2,
    total_entries: 26,
  });
  expect(await names("?page=2")).toEqual(["g25"]);
  expect((await project.run("GET", "/placement_groups?per_page=1000")).meta.pagination.per_page).toBe(50);
  expect(await project.refused("GET", "/placement_groups?page=0")).toBe("422 invalid_input");
});

test("lists are filtered by name and labels, and sorted", async () => {
  await groups(["b", "a", "c"]);
  expect(await names("?name=a")).toEqual(["a"]);
  expect(await names("?sort=name:desc")).toEqual(["c", "b", "a"]);
  expect(await names("?label_selector=name%20in%20(a,c)")).toEqual(["a", "c"]);
  expect(await project.refused("GET", "/placement_groups?sort=colour")).toBe("422 invalid_input");
  expect(await project.refused("GET", "/placement_groups?label_selector=a%3D%3D%3Db")).toBe(
    "422 invalid_input",
  );
});

test.each([
  ["a", true],
  ["b", false],
  ["!b", true],
  ["a=1", true],
  ["a==1", true],
  ["a=2", false],
  ["a!=2", true],
  ["b!=2", true],
  ["a in (1,2)", true],
  ["a notin (1,2)", false],
  ["b notin (1,2)", true],
  ["a=1,c/d=x", true],
  ["a in (1,2),b", false],
])("selector %s on a=1, c/d=x: %s", (selector, expected) => {
  expect(parseSelector(selector)({ a: "1", "c/d": "x" })).toBe(expected);
});

test.each([[{ "a b": "x" }], [{ a: "x y" }], [{ "a/b/c": "x" }], [{ a: "x".repeat(64) }], [{ "-a": "" }]])(
  "labels %j are refused",
  async (labels) => {
    const body = { name: "g", type: "spread", labels };
    expect(await project.refused("POST", "/placement_groups", body)).toBe("422 invalid_input");
  },
);

test("an SSH key is known by its fingerprint, and there only once", async () => {
  const public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";
  const { ssh_key } = await project.run("POST", "/ssh_keys", { name: "me", public_key });
  expect(ssh_key.fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  expect((await project.run("GET", `/ssh_keys?fingerprint=${ssh_key.fingerprint}`)).ssh_keys).toHaveLength(1);
  const again = { name: "you", public_key: public_key.replace("me", "you") };
  expect(await project.refused("POST", "/ssh_keys", again)).toBe("409 uniqueness_error");
  expect(await project.refused("POST", "/ssh_keys", { name: "x", public_key: "secret" })).toBe(
    "422 invalid_input",
  );
});
