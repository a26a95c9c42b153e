import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { testInLong } from "../support/in-long";
import { setHost } from "../support/inventory";
import { failure, inLab, labOutput, stack, testState } from "../support/lab";
import { onMachines, outputOn } from "../support/machines";
import {
  plannedChanges,
  previewFindsNothing,
  pulumi,
  refreshFindsNothing,
  tryPulumi,
  up,
} from "../support/pulumi";
import { execLog } from "../support/secrets";

const folder = "/var/lib/kluster/secrets";
const moduleFile = join(testState, "modules/radio.nix");

/** A user's module for a user whom it brings, and a service of his that writes down, at each start, what it has read. */
function writeModule({ secrets, number = 1 }: { secrets: string[]; number?: number }): void {
  const asks = secrets.map(
    (name) =>
      `kluster.secrets.${name} = { owner = "radio"; group = "radio"; restartUnits = [ "radio.service" ]; };`,
  );
  mkdirSync(dirname(moduleFile), { recursive: true });
  writeFileSync(
    moduleFile,
    `{ config, pkgs, ... }: {
      users.users.radio = { isSystemUser = true; group = "radio"; };
      users.groups.radio = { };
      ${asks.join("\n")}
      systemd.services.radio = {
        wantedBy = [ "multi-user.target" ];
        path = [ pkgs.coreutils ];
        environment.NUMBER = "${number}";
        script = "sha256sum <\${config.kluster.secrets.radio.path} >>/var/lib/radio/starts";
        serviceConfig = { Type = "oneshot"; RemainAfterExit = true; User = "radio"; StateDirectory = "radio"; };
      };
    }`,
  );
}

const newSecret = () => randomBytes(32).toString("hex");
const digest = (secret: string) => createHash("sha256").update(secret).digest("hex");
const setSecret = (name: string, value: string) =>
  labOutput(["pulumi", "config", "set", "--stack", stack, "--secret", "--path", `kluster:secrets.${name}`], {
    stdin: value,
  });
const on = (machine: string, command: string) => onMachines((run) => outputOn(run, machine, command));
/** What the service has read, start by start. */
const starts = async () => (await on("ee", "cut -d' ' -f1 /var/lib/radio/starts")).trim().split("\n");

export function secretFiles(): void {
  let radio = newSecret();

  test("one that is asked for and not there is refused by the preview, with option, file and command", async () => {
    writeModule({ secrets: ["radio"] });
    await setHost("ee", "modules", [moduleFile]);
    const { code, stdout, stderr } = await tryPulumi(["preview"]);
    expect(code).not.toBe(0);
    const said = (stdout + stderr).replace(/\s+/g, " ");
    expect(said).toContain(`kluster.secrets.radio of ee (${moduleFile}) asks for a secret`);
    expect(said).toContain(`pulumi config set --stack ${stack} --secret --path kluster:secrets.radio`);
  });

  test("one that nobody asks for is a warning, by name", async () => {
    await setSecret("radio", radio);
    await setSecret("spare", newSecret());
    const { code, stdout, stderr } = await tryPulumi(["preview"]);
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/warning: no machine gets the secret spare/);
    expect(stdout + stderr).not.toMatch(/the secret radio/);
    await labOutput(["pulumi", "config", "rm", "--stack", stack, "--path", "kluster:secrets.spare"]);
  });

  test("one is there for a user who comes with the system, before his service starts", async () => {
    expect(await plannedChanges()).toEqual({ update: expect.arrayContaining([systemOf("ee")]) });
    await loggedUp();
    expect(
      await on("ee", `stat -c '%U:%G %a' ${folder}/radio; sha256sum <${folder}/radio | cut -d' ' -f1`),
    ).toBe(`radio:radio 400\n${digest(radio)}\n`);
    expect(await on("ee", `stat -c '%U %a' ${folder}; ls -A ${folder}`)).toBe("root 711\nradio\n");
    expect(await starts()).toEqual([digest(radio)]);
    for (const machine of ["il", "sam"])
      expect(await on(machine, `ls -A ${folder} 2>/dev/null || true`)).toBe("");
    await previewFindsNothing();
  });

  testInLong("two that have changed at once are one restart of their service", async () => {
    writeModule({ secrets: ["radio", "station"] });
    await setSecret("radio", (radio = newSecret()));
    await setSecret("station", newSecret());
    const before = await starts();
    await loggedUp();
    expect(await starts()).toEqual([...before, digest(radio)]);
    expect(await on("ee", `ls -A ${folder}`)).toBe("radio\nstation\n");
  });

  test("one that has changed alone is brought without another system, and shows nothing of itself", async () => {
    await setSecret("radio", (radio = newSecret()));
    const { update, ...others } = await plannedChanges();
    expect([update.filter((urn) => !urn.includes(":Attempt::")), others]).toEqual([[systemOf("ee")], {}]);
    const before = await starts();
    const said = await loggedUp();
    expect(said).not.toContain(radio);
    expect(await starts()).toEqual([...before, digest(radio)]);
    await previewFindsNothing();
  });

  testInLong(
    "one that somebody has removed by hand is found by a refresh, and is back after up",
    async () => {
      const before = await starts();
      await on("ee", `rm ${folder}/radio`);
      await pulumi("refresh", "--yes");
      const { update, ...others } = await plannedChanges();
      expect([update.filter((urn) => !urn.includes(":Attempt::")), others]).toEqual([
        expect.arrayContaining([systemOf("ee")]),
        {},
      ]);
      const said = await loggedUp();
      expect(said).not.toContain(radio);
      expect(await on("ee", `stat -c '%U:%G %a' ${folder}/radio`)).toBe("radio:radio 400\n");
      expect(await starts()).toEqual([...before, digest(radio)]);
      await previewFindsNothing();
      await refreshFindsNothing();
    },
  );

  testInLong("a service that the activation restarts itself is not restarted once more", async () => {
    writeModule({ secrets: ["radio", "station"], number: 2 });
    await setSecret("radio", (radio = newSecret()));
    const before = await starts();
    await loggedUp();
    expect(await starts()).toEqual([...before, digest(radio)]);
  });

  testInLong("one that is asked for no more is gone, and nothing else is", async () => {
    writeModule({ secrets: ["radio"], number: 2 });
    await labOutput(["pulumi", "config", "rm", "--stack", stack, "--path", "kluster:secrets.station"]);
    const before = await starts();
    const pki = "ls -A /var/lib/kluster/kubernetes";
    const others = await on("ee", pki);
    await up();
    expect(await on("ee", `ls -A ${folder}`)).toBe("radio\n");
    expect(await on("ee", pki)).toBe(others);
    expect(await starts()).toEqual(before);
    await previewFindsNothing();
  });
}

const systemOf = (machine: string) =>
  `kluster:index:Cluster$kluster:nixos:MachineSystem$kluster-provider:nixos:System::${machine}`;

/** `pulumi up`, with every program written down that runs for it; on the machines that is done since they were made. */
async function loggedUp(): Promise<string> {
  const command = ["pulumi", "up", "--yes", "--stack", stack];
  const finished = await inLab([...execLog, ...command]);
  if (finished.code !== 0) throw failure(command, finished);
  return finished.stdout + finished.stderr;
}
