import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { activate, ActivationTimes } from "../../../provider/nixos/activate";
import { ActivationError } from "../../../provider/nixos/activation-state";
import { whenNoneRuns } from "../../../provider/nixos/running-activation";
import { Scripts } from "../../../provider/nixos/scripts";
import { connect } from "../../../provider/ssh";
import { describeWithSshd, Sshd, startSshd } from "../ssh/sshd";

const storePath = "/nix/store/abc-nixos-system-il";
const old = "/nix/store/old-nixos-system-il";
const times: ActivationTimes = {
  ...{ switch: 600_000, confirm: 75_000, silence: 60_000, start: 60_000, login: 60_000, pause: 20 },
};

describeWithSshd("an activation, from the operator's side", () => {
  let folder: string;
  let sshd: Sshd;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-activate-"));
    mkdirSync(join(folder, "scripts"));
    for (const name of ["supervise-activation.sh", "unit-health.sh", "reachable.sh", "commit-system.sh"])
      script(name, `echo ${name}`);
    for (const name of ["keep-secrets.sh", "place-secrets.sh", "settle-secrets.sh"])
      script(name, `echo ${name}`);
    script("activate.sh", `printf '%s\\n' "$@" >${folder}/begun; cat >${folder}/stdin`);
    // Which connection asks is written down: its client's port.
    script(
      "activation-state.sh",
      `set -- $SSH_CONNECTION; echo $2 >>${folder}/looks; [ ! -e ${folder}/hangs ] || sleep 60; cat ${folder}/state`,
    );
    script("confirm-activation.sh", `set -- $SSH_CONNECTION; echo $2 >>${folder}/confirmed`);
    machineIs("test");
    sshd = await startSshd();
  });
  afterEach(async () => {
    await sshd.stop();
    rmSync(folder, { recursive: true });
  });

  const script = (name: string, text: string) => writeFileSync(join(folder, "scripts", name), `${text}\n`);
  const scripts = () => new Scripts(join(folder, "scripts"));
  const lines = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8").trim().split("\n") : [];

  function machineIs(phase: string, more: Record<string, string> = {}, words = ""): void {
    const keys = { unit: more.outcome ? "inactive" : "activating", phase, system: old, ...more };
    const text = Object.entries(keys).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(folder, "state"), `${text.join("")}\n${words}`);
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 2000 && !condition(); i++) await sleep(20);
    expect(condition()).toBe(true);
  }

  const said: string[] = [];
  function begin(more: Partial<ActivationTimes> = {}, login = sshd.login) {
    said.length = 0;
    const logins = { before: login, after: login };
    const secrets = { files: [], secrets: {} };
    const ending = activate(scripts(), logins, { storePath, secrets }, (line) => void said.push(line), {
      ...times,
      ...more,
    });
    ending.catch(() => {}); // is looked at later
    return ending;
  }
  const committed = { outcome: "committed", code: "0", system: storePath };

  test("brings scripts and secrets along, and is confirmed by a login made after the switch", async () => {
    const ending = begin();
    await until(() => lines("looks").length > 3);
    expect(new Set(lines("looks")).size).toBe(1); // one connection, as long as it holds
    expect(lines("confirmed")).toEqual([]);
    machineIs("confirm");
    await until(() => lines("confirmed").length > 0);
    machineIs("commit", committed);
    expect(await ending).toEqual([]);
    expect(lines("confirmed")[0]).not.toBe(lines("looks")[0]);
    const [path, attempt, ...limits] = lines("begun");
    expect([path, limits]).toEqual([storePath, ["600", "75"]]);
    expect(attempt).toMatch(/^[0-9a-f]{16}$/);
    const files = lines("stdin").map((line) => line.split(" "));
    expect(files.map(([name]) => name)).toEqual(
      expect.arrayContaining(["supervise-activation.sh", "settle-secrets.sh", "secrets", "end"]),
    );
    const secrets = files.find(([name]) => name === "secrets")![1];
    expect(Buffer.from(secrets, "base64").toString()).toBe("end\n");
  });

  test("outlives the loss of every connection, and takes the outcome from the machine", async () => {
    const ending = begin();
    await until(() => lines("looks").length > 1);
    const { port } = sshd.login;
    const keys = { port, hostKey: sshd.hostKey, clientKey: sshd.clientKey };
    await sshd.stop();
    machineIs(
      "back",
      { outcome: "returned", cause: "unconfirmed", previous: old, why: "no SSH server answers" },
      "its log",
    );
    await until(() => said.some((line) => /^waiting for a login, without which .*127\.0\.0\.1/.test(line)));
    sshd = await startSshd(keys);
    await expect(ending).rejects.toThrow(
      new RegExp(
        `did not let us in by a new login within 75 s \\(no SSH server answers; the last attempt: .*127\\.0\\.0\\.1:${port}.*\\); the machine has gone back to ${old}\\.\nits log`,
      ),
    );
  });

  test("of a machine that never answers again says just that", async () => {
    const ending = begin({ silence: 500 });
    await until(() => lines("looks").length > 1);
    await sshd.stop();
    await expect(ending).rejects.toThrow(ActivationError);
    await expect(ending).rejects.toThrow(
      /the machine has not answered for 0\.5 s since .* was being activated \(.*127\.0\.0\.1.*\)\. It goes back by itself/,
    );
    sshd = await startSshd();
  });

  test("of a machine that has restarted says so", async () => {
    machineIs("", { unit: "inactive" });
    await expect(begin()).rejects.toThrow(`the machine has restarted in the middle of the activation`);
  });

  test("whose unit was stopped does not wait for it", async () => {
    machineIs("confirm", { unit: "inactive" });
    await expect(begin()).rejects.toThrow("its unit kluster-activate was stopped");
  });

  test("waits for the unit's start, and not for ever", async () => {
    machineIs("begun", { unit: "inactive" });
    const ending = begin();
    await until(() => lines("looks").length > 3);
    machineIs("commit", committed);
    expect(await ending).toEqual([]);
    machineIs("begun", { unit: "inactive" });
    await expect(begin({ start: 100 })).rejects.toThrow("ended in the middle (begun)");
  });

  test("may have begun though the connection was lost when it should", async () => {
    script("activate.sh", `cat >/dev/null; kill -9 $PPID`);
    const ending = begin();
    await until(() => lines("looks").length > 1);
    machineIs("commit", committed);
    expect(await ending).toEqual([]);
  });

  test("that has not begun as the connection was lost is told as that", async () => {
    script("activate.sh", `cat >/dev/null; kill -9 $PPID`);
    machineIs("", { unit: "inactive" });
    await expect(begin()).rejects.toThrow(/The connection was lost|ended without an exit status/);
  });

  test("says what it does", async () => {
    const ending = begin();
    for (const phase of ["confirm", "commit"]) {
      machineIs(phase);
      await until(() => said.length > (phase === "confirm" ? 1 : 2));
    }
    machineIs("commit", committed);
    await ending;
    expect(said).toEqual(
      expect.arrayContaining([
        `activating ${storePath}`,
        "proving that it answers a new login and that its units run",
        "making it the system of the next boot",
      ]),
    );
  });

  describe("while one of an earlier run goes on", () => {
    const open = () => connect(sshd.login, { timeout: 30_000 });
    const wait = (deadline: number) =>
      whenNoneRuns(scripts(), open, (line) => void said.push(line), { deadline, pause: 20 });

    beforeEach(() => {
      said.length = 0;
      script("running-activation.sh", `cat ${folder}/running; echo x >>${folder}/looks`);
      writeFileSync(join(folder, "running"), "kluster activates /nix/store/x\n");
    });

    test("waits for its end, and says for what", async () => {
      const waiting = wait(60_000);
      await until(() => lines("looks").length > 1 && said.length > 1);
      writeFileSync(join(folder, "running"), "");
      (await waiting).close();
      expect(said).toContain("waiting for the end of an earlier activation: kluster activates /nix/store/x");
    });

    test("goes on waiting when that takes the connection away", async () => {
      script(
        "running-activation.sh",
        `[ -e ${folder}/lost ] || { touch ${folder}/lost; kill -9 $PPID; sleep 5; }`,
      );
      (await wait(60_000)).close();
      expect(existsSync(join(folder, "lost"))).toBe(true);
    });

    test("gives up after its deadline, with what goes on", async () => {
      await expect(wait(300)).rejects.toThrow(
        "an earlier activation still goes on after 0.3 s (kluster activates /nix/store/x)",
      );
    });
  });
});
