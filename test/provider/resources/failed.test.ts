import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { Run } from "../../../provider/process";
import { attempt } from "../../../provider/resources/attempt";
import { installation } from "../../../provider/resources/installation";
import { virtualMachine } from "../../../provider/resources/virtual-machine";
import { MachineServices } from "../../../provider/machine-services";
import { ModelledAttempt, ModelledResource } from "../../support/pulumi-model";
import { ServedProvider, serveProvider } from "../../support/provider";
import { describeWithSshd, Sshd, startSshd } from "../ssh/sshd";
import { OnLab } from "../virtualbox/on-lab";

// What is begun, fails and is taken back, with a refresh in between or without: Pulumi's part is modelled.

const host = generateSshKeyPair("host");
const client = generateSshKeyPair("client");
const login = { address: "127.0.0.1", hostKey: host.publicKey, privateKey: client.privateKey };

const looks: [string, (resource: { refresh(): Promise<void> }) => Promise<void>][] = [
  ["at once", async () => {}],
  ["after a refresh", (resource) => resource.refresh()],
];

let sshd: Sshd | undefined;
let provider: ServedProvider | undefined;

afterEach(async () => {
  provider?.stop();
  await sshd?.stop();
  [provider, sshd] = [undefined, undefined];
});

describeWithSshd("a virtual machine whose change failed and is taken back", () => {
  let on: OnLab;
  let stack: ModelledAttempt;
  /** First word of the calls that VirtualBox refuses. */
  let refused: string | undefined;

  beforeEach(async () => {
    on = new OnLab();
    sshd = await startSshd({ hostKey: host, clientKey: client });
    await on.user("hostonlyif", "create");
    await on.machines.ensureCreated(on.spec, on.install);
    await on.machines.removeInstallMedia(on.spec.uuid);
    await on.machines.start(on.spec.uuid);
    const run: Run = async (command, args, options) => {
      if (args[0] === refused)
        return { code: 1, stdout: "", stderr: `VBoxManage: error: no ${refused} today\n` };
      on.desk.time = Math.max(on.desk.time + 1_000, Date.now()); // the driver waits in real time here
      // A guest that goes off at once when it is asked to.
      return on.run(
        command,
        args.map((word) => (word === "acpipowerbutton" ? "poweroff" : word)),
        options,
      );
    };
    const folders = { project: "/nowhere", cache: on.desk.path("cache") };
    const machine = virtualMachine(new MachineServices(run, folders), sshd.login.port);
    provider = await serveProvider([machine, attempt([machine])]);
    stack = new ModelledAttempt(provider, machine.type);
    await stack.note.up({ target: { type: machine.type, inputs: wanted(2048) } });
    const inputs = { ...wanted(2048), attempt: stack.note.state!.outputs.nonce };
    const outputs = { ...inputs, instance: "0123456789abcdef" };
    stack.resource.state = { id: on.spec.uuid, inputs, outputs, failed: false };
  });
  afterEach(() => on.desk.clear());

  const wanted = (memory: number) => {
    const { uuid, stackId, cpus, disk, macs, network } = on.spec;
    return {
      ...{
        ...login,
        stackIdentity: stackId,
        stack: "dev",
        host: "il",
        uuid,
        memory,
        cpus,
        disk,
        macs,
        network,
      },
      ...{ running: true, prefixLength: 24, authorizedKey: "", hostPrivateKey: "" },
      installer: { url: `file://${on.install.iso}`, sha256: "0".repeat(64) },
    };
  };
  const found = async () => {
    const { memory, running } = (await on.machines.observe(on.spec.uuid))!;
    return { memory, running };
  };

  test.each(looks)("before its hardware was another: it runs as before, %s", async (_when, look) => {
    refused = "modifyvm";
    await expect(stack.up(wanted(4096))).rejects.toThrow(/no modifyvm today/);
    refused = undefined;
    await look(stack);
    expect(await stack.isUnchanged(wanted(2048))).toBe(false);
    await stack.up(wanted(2048));
    expect(await found()).toEqual({ memory: 2048, running: true });
    expect(await stack.isUnchanged(wanted(2048))).toBe(true);
  });

  test.each(looks)("when it was off for that: it has what it had, and runs, %s", async (_when, look) => {
    on.desk.setFaults({ noDriver: true });
    await expect(stack.up(wanted(4096))).rejects.toThrow(/terminated unexpectedly during startup/);
    expect(await found()).toEqual({ memory: 4096, running: false });
    on.desk.setFaults({});
    await look(stack);
    expect(await stack.isUnchanged(wanted(2048))).toBe(false);
    await stack.up(wanted(2048));
    expect(await found()).toEqual({ memory: 2048, running: true });
    expect(await stack.isUnchanged(wanted(2048))).toBe(true);
  });
});

describeWithSshd("an installation that failed, with another system wanted by the next run", () => {
  const times = { boot: 1_500, shutdown: 0, keyGrace: 1_000, dial: 20_000, pause: 20 };
  let folder: string;
  let resource: ModelledResource;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-failed-"));
    mkdirSync(join(folder, "scripts"));
    // A machine that boots its disk when it has been told to, and knows what was installed there.
    script(
      "probe.sh",
      `if [ -e ${folder}/booted ]; then cat ${folder}/booted; else printf 'boot=1\\ninstaller=yes\\n'; fi`,
    );
    script("prepare-disk.sh", `echo prepared >>${folder}/acts`);
    script("place-secrets.sh", "cat >/dev/null");
    script("install-system.sh", install());
    script("reboot.sh", `cp ${folder}/installed ${folder}/booted`);
    sshd = await startSshd({ hostKey: host, clientKey: client });
    const run: Run = async () => ({ code: 0, stdout: "", stderr: "" });
    const services = new MachineServices(run, { project: folder, cache: join(folder, "cache") });
    const power = { bringUp: async () => {}, startFromDisk: async () => {} };
    const it = installation(services, power, times, sshd.login.port);
    provider = await serveProvider([it]);
    resource = new ModelledResource(provider, it.type);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (end = "") =>
    `printf 'boot=2\\ninstaller=no\\nroot=8:3\\ndisk=8:3\\nsystem=%s\\nidentity=%s\\n' "$1" "$2" >${folder}/installed; ${end}`;
  const script = (name: string, text: string) => writeFileSync(join(folder, "scripts", name), `${text}\n`);
  const acts = () => readFileSync(join(folder, "acts"), "utf8").trim().split("\n");
  const runs = () => readFileSync(join(folder, "booted"), "utf8");
  const wanted = (storePath: string) => ({
    ...{ ...login, identity: "i", machine: "il", disk: "/dev/disk/by-path/x", rootUuid: "r" },
    ...{
      drvPath: `${storePath}.drv`,
      storePath,
      secretFiles: [],
      secrets: {},
      hostPrivateKey: host.privateKey,
    },
  });
  const [A, B] = ["/nix/store/a", "/nix/store/b"];

  test.each(looks)("in the installer: it is begun anew, and the other one boots, %s", async (_when, look) => {
    script("install-system.sh", install("echo 'no space left on device' >&2; exit 1"));
    await expect(resource.up(wanted(B))).rejects.toThrow(/no space left/);
    script("install-system.sh", install());
    await look(resource);
    expect((await resource.plan(wanted(A))).step).toBe("create");
    await resource.up(wanted(A));
    expect(acts()).toEqual(["prepared", "prepared"]);
    expect(runs()).toMatch(/system=.nix.store.a/);
    expect((await resource.plan(wanted(A))).step).toBe("same");
  });

  test.each(looks)(
    "as the machine was late: its disk stays, and is not taken for proved before, %s",
    async (_when, look) => {
      script("reboot.sh", ":");
      await expect(resource.up(wanted(B))).rejects.toThrow(/has not rebooted/);
      expect(resource.state).toBeUndefined();
      script("probe.sh", `cp -n ${folder}/installed ${folder}/booted; cat ${folder}/booted`); // it has come up since
      await look(resource);
      expect((await resource.plan(wanted(A))).step).toBe("create");
      await resource.up(wanted(A)); // the other system is the System's business
      expect(acts()).toEqual(["prepared"]);
      expect((await resource.plan(wanted(A))).step).toBe("same");
    },
  );
});
