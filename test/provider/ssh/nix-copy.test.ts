import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { run } from "../../../provider/process";
import { Agent, Login, sshEnvironment } from "../../../provider/ssh";
import { describeWithSshd, Sshd, startSshd } from "./sshd";

const hasNix = spawnSync("nix", ["--version"]).error === undefined;
const title = "nix copy over ssh";

describeWithSshd(hasNix ? title : `${title} (skipped: Nix is not installed here)`, () => {
  const test = hasNix ? it : it.skip;
  let folder: string;
  let sshd: Sshd;
  let agent: Agent;
  let path: string;

  /** Nix with a store of its own in the test's folder, which never touches /nix. */
  const nix = (args: string[], env: Record<string, string> = {}) =>
    run("nix", ["--extra-experimental-features", "nix-command", "--option", "substituters", "", ...args], {
      env: { ...env, HOME: folder },
      timeout: 60_000,
    });
  const copy = (login: Login) =>
    nix(
      [
        "copy",
        "--no-check-sigs",
        ...["--from", join(folder, "here")],
        ...["--to", `ssh://${login.user}@${login.address}?remote-store=${join(folder, "there")}`],
        path,
      ],
      sshEnvironment(login, agent),
    );

  beforeAll(async () => {
    if (!hasNix) return;
    folder = mkdtempSync(join(tmpdir(), "kluster-nix-"));
    sshd = await startSshd();
    agent = await Agent.start();
    writeFileSync(join(folder, "hello"), "hello\n");
    path = (
      await nix(["store", "add-file", "--store", join(folder, "here"), join(folder, "hello")])
    ).stdout.trim();
  });
  afterAll(async () => {
    if (!hasNix) return;
    await agent.close();
    await sshd.stop();
    spawnSync("chmod", ["-R", "u+w", folder]); // paths in a store are read-only
    spawnSync("rm", ["-rf", folder]);
  });

  test("does not send anything to a machine with another host key", async () => {
    const result = await copy({ ...sshd.login, hostKey: generateSshKeyPair("other").publicKey });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/host key/i);
    expect(existsSync(join(folder, "there", path))).toBe(false);
  });

  test("logs in with the agent's key and the pinned host key", async () => {
    expect(path).toMatch(/^\/nix\/store\/[a-z0-9]{32}-hello$/);
    expect(await copy(sshd.login)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, "there", path))).toBe(true);
  });
});
