import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isHetzner } from "../../../lab/cli/hetzner";
import { processes } from "../../../lab/cli/namespaces";
import { describeInLab, eventually, LabUnderTest } from "../machine/lab-under-test";

jest.setTimeout(120_000);

describe("the stand-in's process", () => {
  const node = ["/usr/bin/node", "/x/build/lab/hetzner.js", "--state"];
  test.each([
    [true, [...node, "/state/hetzner", "--port", "1"]],
    [true, ["nsenter", "--target", "7", "--", ...node, "/state/hetzner", "--port", "1"]],
    [false, [...node, "/other/hetzner", "--port", "1"]],
    [false, ["vi", "hetzner.js"]],
  ])("is recognised (%s) by %j", (expected, words) => {
    expect(isHetzner({ pid: 7, arguments: words }, "/state")).toBe(expected);
  });
});

describeInLab("lab/lab with STACK=hetzner", () => {
  let lab: LabUnderTest;
  beforeAll(() => (lab = new LabUnderTest("hetzner")));
  afterAll(() => lab.end());

  const ask = (path: string) =>
    lab.must(["run", "--", "curl", "-sS", "-m", "10", `http://127.0.0.1:8470${path}`]);
  const apis = () => processes().filter((process) => isHetzner(process, lab.state));
  const stackFile = () => readFileSync(join(lab.state, "Pulumi.hetzner.yaml"), "utf8");

  test("up starts the lab and the API, and does nothing the second time", () => {
    expect(lab.must(["up"])).toContain("started the stand-in for Hetzner Cloud at http://127.0.0.1:8470/v1");
    expect(lab.must(["up"])).toBe("lab: the lab is up already; nothing was to do\n");
    expect(JSON.parse(ask("/v1/servers"))).toMatchObject({ error: { code: "unauthorized" } });
  });

  test("the private stack file names the API, the operator's address and the lab's nixpkgs, and no installer", () => {
    expect(stackFile()).toContain('  hcloud:endpoint: "http://127.0.0.1:8470/v1"\n');
    expect(stackFile()).toContain('  kluster:access: ["198.51.100.1/32"]\n');
    expect(stackFile()).toContain(`  kluster:inventory: "${lab.state}/hosts.hetzner.toml"\n`);
    expect(stackFile()).toContain("  kluster:provider: hetzner\n");
    expect(stackFile()).toMatch(/ {2}kluster:nixpkgs: \{"url":"file:/);
    expect(stackFile()).not.toContain("installer");
  });

  test("up keeps what somebody has put into the private stack file", () => {
    writeFileSync(join(lab.state, "Pulumi.hetzner.yaml"), `encryptionsalt: v1:mine\n${stackFile()}`);
    expect(lab.must(["up"])).toContain("nothing was to do");
    expect(stackFile()).toMatch(/^encryptionsalt: v1:mine\n/);
  });

  test("commands in the lab know the stack, and no token of the caller's", () => {
    const command = ["run", "--", "sh", "-c", 'echo "$STACK ${HCLOUD_TOKEN-none}"; lab/lab status'];
    const { stdout } = lab.lab(command, { env: { HCLOUD_TOKEN: "theirs" } });
    expect(stdout).toMatch(/^hetzner none\nThe lab is up\./);
  });

  test("up starts an API that was killed, which still knows what it knew", async () => {
    const token = "t".repeat(64);
    const authorised = (path: string, ...words: string[]) =>
      lab.must([
        ...["run", "--", "curl", "-sS", "-m", "10", "-H", `Authorization: Bearer ${token}`],
        ...["-H", "Content-Type: application/json", ...words, `http://127.0.0.1:8470/v1${path}`],
      ]);
    authorised("/networks", "-d", '{"name":"mine","ip_range":"10.64.0.0/16"}');
    for (const { pid } of apis()) process.kill(pid, "SIGKILL");
    await eventually("the API's end", () => apis().length === 0);
    expect(lab.must(["up"])).toContain("started the stand-in for Hetzner Cloud");
    expect(authorised("/networks")).toContain('"mine"');
  });

  test("down takes everything away, the API's state included", () => {
    expect(lab.must(["down"])).toContain(`removed ${lab.state}`);
    expect(lab.leftovers()).toEqual([]);
    expect(apis()).toEqual([]);
  });
});
