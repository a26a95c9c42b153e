import { text } from "node:stream/consumers";
import { open, run } from "../../provider/process";

describe("the environment of a command", () => {
  const secrets = {
    PULUMI_CONFIG_PASSPHRASE: "hunter2",
    PULUMI_CONFIG_PASSPHRASE_FILE: "/root/passphrase",
    PULUMI_ACCESS_TOKEN: "pul-1",
    HCLOUD_TOKEN: "h",
    AWS_SECRET_ACCESS_KEY: "a",
    SOMETHING_OF_SOMEBODY: "s",
    SSH_AUTH_SOCK: "/run/agent",
  };
  const settings = {
    LC_ALL: "C.UTF-8",
    XDG_CACHE_HOME: "/cache",
    NIX_CONFIG: "cores = 1",
    NIX_SSL_CERT_FILE: "/certificates",
    VBOX_USER_HOME: "/vbox",
    https_proxy: "http://proxy:3128",
    NO_PROXY: "localhost",
    KLUSTER_LAB_STATE: "/lab",
  };
  const before = { ...process.env };
  beforeEach(() => void Object.assign(process.env, secrets, settings));
  afterEach(() => {
    for (const name of Object.keys({ ...secrets, ...settings })) delete process.env[name];
    Object.assign(process.env, before);
  });
  const variables = (output: string) =>
    Object.fromEntries(output.split("\n").map((line) => line.split(/=(.*)/s, 2)));

  test.each<[string, () => Promise<string>]>([
    ["that is run", async () => (await run("env", [])).stdout],
    ["whose output is a stream", () => text(open("env", []))],
  ])("%s has what programs need, and no secrets of ours", async (_, output) => {
    const seen = variables(await output());
    expect(seen).toMatchObject({ ...settings, PATH: before.PATH });
    for (const name of Object.keys(secrets)) expect(seen).not.toHaveProperty(name);
  });

  test("has what the caller gives by name, whatever it is, and in place of ours", async () => {
    const { stdout } = await run("env", [], { env: { SSH_AUTH_SOCK: "/own", LC_ALL: "C" } });
    expect(variables(stdout)).toMatchObject({ SSH_AUTH_SOCK: "/own", LC_ALL: "C", PATH: before.PATH });
  });
});

describe("the output of a command as a stream", () => {
  test("ends when the command has ended well", async () => {
    expect(await text(open("sh", ["-c", "echo a; sleep 0.1; echo b"]))).toBe("a\nb\n");
  });

  test("fails with the command's words where it has not, whatever came before", async () => {
    await expect(text(open("sh", ["-c", "echo a; echo no space >&2; exit 3"]))).rejects.toThrow(
      "sh ended with 3: no space",
    );
  });

  test("fails where there is no such command", async () => {
    await expect(text(open("kluster-has-no-such-command", []))).rejects.toThrow("ENOENT");
  });

  test("kills the command when it is let go of", async () => {
    const output = open("sh", ["-c", "echo $$; exec sleep 60"]);
    const pid = Number(await new Promise((resolve) => output.once("data", resolve)));
    output.destroy();
    for (let i = 0; i < 1000 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(alive(pid)).toBe(false);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
