import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const CHECKOUT = join(__dirname, "../..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-allow-"));
  program("curl", "exit 6"); // could not resolve host
  // A Pulumi that keeps the configuration of one stack in a file, and adds to lists as the real one does.
  program(
    "pulumi",
    `exec ${process.execPath} -e '
      const { readFileSync, writeFileSync } = require("node:fs");
      const [, verb, ...rest] = process.argv.slice(1);
      const file = "${folder}/config.json";
      const config = JSON.parse(readFileSync(file, "utf8"));
      if (verb !== "set") { console.log(JSON.stringify(config)); process.exit(); }
      const [path, value] = rest.slice(rest.indexOf("--path") + 1);
      const [, key, index] = /^(.*)\\[(\\d+)\\]$/.exec(path);
      const list = config[key]?.objectValue ?? [];
      list[index] = value;
      config[key] = { value: JSON.stringify(list), objectValue: list };
      writeFileSync(file, JSON.stringify(config));
    ' -- "$@"`,
  );
  configure(undefined);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program in front of the box's own; `calls` has what it was called with. */
function program(name: string, script: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/bash\necho "${name} $*" >>"${folder}/calls"\n${script}\n`);
  chmodSync(file, 0o755);
}

function calls(): string[] {
  const file = join(folder, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

const sets = () => calls().filter((call) => call.startsWith("pulumi config set"));

/** @param access a list, or the text of one */
function configure(access: string[] | string | undefined, provider: string | null = "hetzner"): void {
  const entry =
    access === undefined
      ? {}
      : typeof access === "string"
        ? { "kluster:access": { value: access } }
        : { "kluster:access": { value: JSON.stringify(access), objectValue: access } };
  const config = { ...entry, ...(provider ? { "kluster:provider": { value: provider } } : {}) };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
}

const access = (): string[] =>
  JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))["kluster:access"]?.objectValue;

function allow(args: string[], env: Record<string, string> = {}) {
  const path = [folder, join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter);
  const { status, stderr } = spawnSync(join(CHECKOUT, "setup/allow"), args, {
    encoding: "utf8",
    env: { PATH: path, HOME: folder, ...env },
  });
  return { status, stderr };
}

describe("setup/allow", () => {
  test("adds a network to the stack's access, and to what is there", () => {
    expect(allow(["--stack", "hetzner", "203.0.113.0/24"]).status).toBe(0);
    expect(allow(["--stack=hetzner", "2001:db8:1::/48"]).status).toBe(0);
    expect(access()).toEqual(["203.0.113.0/24", "2001:db8:1::/48"]);
    expect(sets()).toEqual([
      "pulumi config set --stack hetzner --path kluster:access[0] 203.0.113.0/24",
      "pulumi config set --stack hetzner --path kluster:access[1] 2001:db8:1::/48",
    ]);
  });

  test("changes nothing when it is run again", () => {
    configure(["203.0.113.0/24"]);
    expect(allow(["--stack", "hetzner", "203.0.113.0/24"])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("already; nothing was changed"),
    });
    expect(sets()).toEqual([]);
  });

  test("takes the selected stack where none is named", () => {
    expect(allow(["203.0.113.0/24"]).status).toBe(0);
    expect(sets()).toEqual(["pulumi config set --path kluster:access[0] 203.0.113.0/24"]);
  });

  test.each([
    ["203.0.113.7", "203.0.113.7/32"],
    ["203.0.113.7/24", "203.0.113.0/24"],
    ["2001:DB8::7/48", "2001:db8::/48"],
    ["2001:db8::7", "2001:db8::7/128"],
  ])("writes %s as it is to be written: %s", (written, network) => {
    expect(allow([written])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`${written} is written ${network}`),
    });
    expect(access()).toEqual([network]);
  });

  test("makes a list of a list that was given as text", () => {
    configure('["198.51.100.0/24","203.0.113.0/24"]');
    expect(allow(["192.0.2.0/24"]).status).toBe(0);
    expect(access()).toEqual(["198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24"]);
  });
});

describe("without a network, setup/allow", () => {
  test("adds the address that this box has on the internet, and says who is asked", () => {
    program("curl", "echo 203.0.113.7");
    expect(allow([])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("asking https://ip.hetzner.com for this box's address"),
    });
    expect(calls()[0]).toBe("curl -4 -fsS --max-time 10 https://ip.hetzner.com");
    expect(access()).toEqual(["203.0.113.7/32"]);
  });

  test("asks the service that KLUSTER_ADDRESS_URL names", () => {
    program("curl", "echo 203.0.113.7");
    const { stderr } = allow([], { KLUSTER_ADDRESS_URL: "https://address.example.org" });
    expect(stderr).toContain("asking https://address.example.org ");
    expect(calls()[0]).toMatch(/ https:\/\/address\.example\.org$/);
  });

  test("adds the IPv6 network of a box without IPv4: its address changes within that", () => {
    program("curl", `[ "$1" = -6 ] && echo 2001:db8:1:2:a:b:c:d`);
    expect(allow([]).status).toBe(0);
    expect(access()).toEqual(["2001:db8:1:2::/64"]);
  });

  test.each([
    ["nothing", "echo could not resolve host >&2; exit 6", /does not answer: could not resolve host/],
    ["a page", "echo '<html>Log in</html>'", /no address of the internet but: <html>Log in<\/html>/],
    ["a private address", "echo 10.0.0.7", /no address of the internet but: 10\.0\.0\.7/],
    ["everybody", "echo 0.0.0.0/0", /no address of the internet but: 0\.0\.0\.0\/0/],
  ])("fails when the service answers with %s, and says what to do", (_, curl, message) => {
    program("curl", curl);
    const { status, stderr } = allow(["--stack", "hetzner"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("setup/allow --stack hetzner CIDR");
    expect(sets()).toEqual([]);
  });
});

describe("setup/allow refuses", () => {
  test.each(["0.0.0.0/0", "::/0"])("%s, everybody, unless that is said", (network) => {
    const refused = allow(["--stack", "hetzner", network]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`setup/allow --stack hetzner --everybody ${network}`);
    expect(sets()).toEqual([]);
    expect(allow(["--everybody", network]).status).toBe(0);
    expect(access()).toEqual([network]);
  });

  test.each([
    ["192.168.1.5", /192\.168\.1\.5: private addresses, .* Allowed: networks of the internet/],
    ["here", /here: not a network\. Allowed: /],
    ["203.0.113.0/33", /203\.0\.113\.0\/33: not a network/],
  ])("%s, and says why", (network, message) => {
    expect(allow([network])).toEqual({ status: 1, stderr: expect.stringMatching(message) });
    expect(sets()).toEqual([]);
  });

  test.each(["virtualbox", null])("a stack whose machines are not Hetzner's: %s", (provider) => {
    configure(undefined, provider);
    expect(allow(["203.0.113.0/24"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("made by virtualbox"),
    });
  });

  test("to add to what is no list", () => {
    configure("203.0.113.0/24");
    expect(allow(["--stack", "hetzner", "192.0.2.0/24"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("pulumi config rm --stack hetzner kluster:access"),
    });
    expect(sets()).toEqual([]);
  });

  test("a stack that is not there, in Pulumi's words", () => {
    program("pulumi", "echo \"error: no stack named 'x' found\" >&2; exit 255");
    expect(allow(["--stack", "x", "192.0.2.0/24"])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/no stack named 'x' found\n[^]*pulumi stack init/),
    });
  });

  test.each([
    [["--fast"], "unknown argument --fast"],
    [["192.0.2.0/24", "198.51.100.0/24"], "one network at a time"],
    [["--stack"], "--stack needs the name of a stack"],
  ])("%p", (args, message) => {
    expect(allow(args)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
    expect(calls()).toEqual([]);
  });
});
