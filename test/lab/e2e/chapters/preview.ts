import { testInLong } from "../support/in-long";
import { setHost, writeModule } from "../support/inventory";
import { labOutput, stack } from "../support/lab";
import { onMachines, outputOn } from "../support/machines";
import { deployment, machines, previewFindsNothing, pulumi, tryPulumi, up } from "../support/pulumi";

const isSystem = (urn: string) => urn.includes("nixos:System::");
const systemsInState = async () => ((await deployment()).resources ?? []).filter(({ urn }) => isSystem(urn));

export function preview(): void {
  test("a module that would lock everybody out is refused before anything happens, by file, option and value", async () => {
    const module = await writeModule("locked.nix", "{ services.openssh.ports = [ 31415 ]; }\n");
    await setHost("ee", "modules", [module]);
    for (const command of [["preview"], ["up", "--yes"]]) {
      const { code, stdout, stderr } = await tryPulumi(command);
      expect(code).not.toBe(0);
      expect((stdout + stderr).replace(/\s+/g, " ")).toMatch(
        /kluster: services\.openssh\.ports of ee is \[ 31415 \] \(\/\S+\/locked\.nix\)\. kluster logs in on port 22/,
      );
    }
    await setHost("ee", "modules", []);
    await previewFindsNothing();
  });

  testInLong(
    "a state that does not say yet what is in a system is not changed for that, and says it from then on",
    async () => {
      const exported = JSON.parse(await labOutput(["pulumi", "stack", "export", "--stack", stack]));
      for (const { urn, inputs = {}, outputs = {} } of exported.deployment.resources)
        if (isSystem(urn)) for (const kept of [inputs, outputs]) delete kept.summary;
      await labOutput(["pulumi", "stack", "import", "--stack", stack], { stdin: JSON.stringify(exported) });
      await previewFindsNothing();
      expect((await systemsInState()).some(({ inputs = {} }) => "summary" in inputs)).toBe(false);
      await pulumi("up", "--yes", "--expect-no-changes");
      expect((await systemsInState()).every(({ inputs = {} }) => "summary" in inputs)).toBe(true);
    },
  );

  test("what a change means to its machine is told before, and what it was after the build", async () => {
    const before = (await machines()).ee.system;
    const text = `{ pkgs, ... }: {
      environment.systemPackages = [ pkgs.etcd ];
      systemd.services.greeter = {
        wantedBy = [ "multi-user.target" ];
        script = "echo hello";
        serviceConfig.Type = "oneshot";
        serviceConfig.RemainAfterExit = true;
      };
      services.openssh.extraConfig = "ClientAliveInterval 30";
    }\n`;
    await setHost("ee", "modules", [await writeModule("greeter.nix", text)]);
    const told = await pulumi("preview");
    const table = /ee: (\S+) → (\S+)\n\s+packages\s+new: (.*)\n\s+units\s+(.*)\n\s+reboot\s+(.*)\n/.exec(
      told,
    );
    expect(table?.slice(1)).toEqual([
      ...[before, expect.stringContaining("-nixos-system-ee-"), expect.stringMatching(/^etcd 3\.6\.8$/)],
      ...["restart sshd.service; start greeter.service", "not needed"],
    ]);
    expect(told).not.toMatch(/(il|sam): \/nix\/store/); // nobody else's concern
    const asJson = JSON.parse(await labOutput(["pulumi", "preview", "--json", "--stack", stack]));
    expect(JSON.stringify(asJson.diagnostics)).toContain("restart sshd.service; start greeter.service");
    const said = await pulumi("up", "--yes");
    expect(said).toContain("ee: what differs in all that the new system holds");
    expect((await machines()).ee.system).toBe(table![2]);
    expect(await onMachines((run) => outputOn(run, "ee", "systemctl is-active greeter.service"))).toBe(
      "active\n",
    );
    await previewFindsNothing();
  });

  test("and what it means to take it back", async () => {
    await setHost("ee", "modules", []);
    const told = await pulumi("preview");
    expect(told).toMatch(
      /packages\s+gone: etcd .*\n\s+units\s+restart sshd\.service; stop greeter\.service\n/,
    );
    await up();
    await previewFindsNothing();
  });
}
