import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSshKeyPair } from "../../../provider/keys";
import { Evaluator } from "../../../provider/nixos/evaluate";
import { Derivation } from "../../../provider/nixos/system";
import { Open, Run } from "../../../provider/process";
import { Context } from "../../../provider/resource";
import { TakeoverInputs } from "../../../provider/declarations/nixos";
import { takeover, TakeoverTimes } from "../../../provider/resources/takeover";
import { MachineServices } from "../../../provider/machine-services";
import { ModelledResource } from "../../support/pulumi-model";
import { serveProvider } from "../../support/provider";
import { describeWithSshd, freePort, Sshd, startSshd } from "../ssh/sshd";

const patient: TakeoverTimes = {
  boot: 20_000,
  keyGrace: 1_000,
  installer: 20_000,
  dial: 20_000,
};
const hasty: TakeoverTimes = { ...patient, boot: 1_000, installer: 1_000, keyGrace: 0 };

/**
 * A server whose systems are SSH servers on one port, one after the other: Debian with the key that is thrown away,
 * then the installer with the lasting one. What scripts do on it, stand-ins of theirs write into a folder.
 */
class FakeServer {
  readonly folder = mkdtempSync(join(tmpdir(), "kluster-takeover-"));
  readonly boot = generateSshKeyPair("boot");
  readonly lasting = generateSshKeyPair("lasting");
  readonly operator = generateSshKeyPair("operator");
  port = 0;
  private system?: Sshd;

  async start(): Promise<void> {
    this.port = await freePort();
    mkdirSync(join(this.folder, "scripts"));
    this.says("debian-1");
    this.script("missing-paths.sh", `printf '%s\\n' "$@" >${this.folder}/closure`);
    this.script(
      "place-file.sh",
      `printf '%s\\n' "$@" >${this.folder}/placed.args; cat >${this.folder}/placed`,
    );
    this.script("kexec.sh", `printf '%s\\n' "$@" >${this.folder}/kexec.args`);
    this.script("kexec-seed.sh", "echo seed");
  }

  /** What hardware.sh finds; each boot has an id. */
  says(boot: string, memory = 1_900_000): void {
    const facts = [
      `boot=${boot}`,
      `memory=${memory}`,
      "public_mac=96:00:00:00:00:01",
      `disk=/dev/disk/by-path/${boot}`,
    ];
    this.script("hardware.sh", `printf '%s\\n' ${facts.join(" ")}`);
  }

  script(name: string, text: string): void {
    writeFileSync(join(this.folder, "scripts", name), `set -eu\n${text}\n`);
  }

  async run(hostKey?: FakeServer["boot"]): Promise<void> {
    await this.system?.stop();
    this.system = hostKey && (await startSshd({ port: this.port, hostKey, clientKey: this.operator }));
  }

  file(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  async stop(): Promise<void> {
    await this.run();
    rmSync(this.folder, { recursive: true });
  }
}

describeWithSshd("taking a server over", () => {
  let server: FakeServer;
  let said: string[];
  let phases: string[];
  let built: string[][];

  const context: Context = {
    signal: new AbortController().signal,
    status: (message) => void said.push(message),
    info: (message) => void said.push(message),
    warn: (message) => void said.push(`warning: ${message}`),
    phase: (name, work) => {
      phases.push(name);
      return work();
    },
  };
  const run: Run = async (command, args) => {
    if (args[0] === "--version") return { code: 0, stdout: "nix-instantiate (Nix) 2.20.0", stderr: "" };
    built.push([command, ...args]);
    const installer = { drvPath: "/nix/store/i.drv", storePath: "/nix/store/installer" };
    const stdout = command === "nix-instantiate" ? JSON.stringify({ installer }) : "/nix/store/installer\n";
    return { code: 0, stdout, stderr: "" };
  };
  const noStream: Open = () => {
    throw new Error("nothing is missing on the machine, but something is sent");
  };

  function resource(times = patient) {
    const services = new MachineServices(
      run,
      { project: server.folder, cache: join(server.folder, "cache") },
      noStream,
    );
    const installers = new Evaluator<Derivation>(
      run,
      "/nowhere/nix",
      join(server.folder, "cache"),
      "kexec-installer.nix",
    );
    return takeover(services, installers, times, server.port);
  }
  function inputs(changes: Partial<TakeoverInputs> = {}): TakeoverInputs {
    return {
      ...{ identity: "server-1", machine: "il", address: "127.0.0.1" },
      bootHostKey: server.boot.publicKey,
      hostKey: server.lasting.publicKey,
      hostPrivateKey: server.lasting.privateKey,
      privateKey: server.operator.privateKey,
      authorizedKey: server.operator.publicKey,
      nixpkgs: { url: "https://example.org/nixpkgs.tar.gz", sha256: "0".repeat(52), minimumNix: "2.18" },
      ipv6: "2001:db8:1::1/64",
      ...changes,
    };
  }

  beforeEach(async () => {
    [said, phases, built] = [[], [], []];
    server = new FakeServer();
    await server.start();
  });
  afterEach(() => server.stop());

  /** Changes the system as soon as kexec.sh has run, as kexec does. */
  async function afterKexec(then: () => Promise<void>, patience = 20_000): Promise<void> {
    for (const deadline = Date.now() + patience; Date.now() < deadline;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        server.file("kexec.args");
      } catch {
        continue;
      }
      return then();
    }
  }

  const bootInstaller = () =>
    afterKexec(async () => {
      await server.run();
      server.says("installer-1");
      await server.run(server.lasting);
    });

  test("leads from Debian to the installer, and tells what the installer sees", async () => {
    await server.run(server.boot);
    const [made] = await Promise.all([resource().create(inputs(), context), bootInstaller()]);
    expect(made).toEqual({
      id: "server-1",
      outputs: { publicMac: "96:00:00:00:00:01", disk: "/dev/disk/by-path/installer-1" },
    });
    expect(phases).toEqual([
      "wait for Debian",
      "build installer",
      "send installer",
      "kexec",
      "wait for installer",
    ]);
    expect(server.file("closure").trim()).toBe("/nix/store/installer");
    expect(server.file("kexec.args")).toBe("/nix/store/installer\n/run/kluster-takeover/seed.cpio\n");
    expect(built.flat()).toContain("/nowhere/nix/kexec-installer.nix");
  });

  // kexec_file_load hashes the whole initrd in the kernel: nothing of the machine answers meanwhile, 41 s on a slow one.
  test("keeps its connection to a machine that is silent while its kernel reads the installer", async () => {
    await server.run(server.boot);
    const silent = [
      'server=$$; until grep -q "^Name:.sshd" /proc/$server/status; do server=$(sed -n "s/^PPid:.//p" /proc/$server/status); done',
      "kill -STOP $server; sleep 22; kill -CONT $server",
      `printf '%s\\n' "$@" >${server.folder}/kexec.args`,
    ];
    server.script("kexec.sh", silent.join("\n"));
    const creating = resource().create(inputs(), context);
    await afterKexec(async () => {
      server.says("installer-1");
      await server.run(server.lasting);
    }, 60_000);
    await creating;
    // Without it, the machine is looked at anew from the beginning.
    expect(phases.filter((phase) => phase === "wait for Debian")).toHaveLength(1);
  });

  test("brings the host key by standard input into a file for root, and by nothing else", async () => {
    const secret = server.lasting.privateKey.split("\n")[2];
    const marker = `ps -eo args >${server.folder}/processes`;
    server.script("kexec.sh", `${marker}; printf '%s\\n' "$@" >${server.folder}/kexec.args`);
    await server.run(server.boot);
    await Promise.all([resource().create(inputs(), context), bootInstaller()]);
    expect(server.file("placed")).toContain(secret);
    expect(server.file("placed.args")).toBe("/run/kluster-takeover/seed.cpio\n0600\n");
    for (const text of [server.file("processes"), said.join(), built.flat().join()]) {
      expect(text).not.toContain(secret);
    }
  });

  test("has nothing to do where the installer, or what came after it, answers already", async () => {
    await server.run(server.lasting);
    server.says("nixos-1");
    expect((await resource().create(inputs(), context)).outputs.disk).toBe("/dev/disk/by-path/nixos-1");
    expect(phases).toEqual(["wait for Debian"]);
    expect(built).toEqual([]);
  });

  test("waits for a server that is not up yet, and for keys that cloud-init has not placed yet", async () => {
    const creating = resource({ ...patient, keyGrace: 10_000 }).create(inputs(), context);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.run(generateSshKeyPair("of the image"));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await server.run(server.boot);
    await Promise.all([creating, bootInstaller()]);
    expect(said.join("\n")).toMatch(/waiting for Debian: 127\.0\.0\.1:\d+ refuses connections/);
    expect(said.join("\n")).toMatch(/waiting for Debian: .*has neither of the two host keys/);
  });

  test("goes on where an earlier run's installer starts while this one works on Debian", async () => {
    // The connection goes down under the script, as it does when the kernel changes.
    server.script("kexec.sh", `echo >${server.folder}/kexec.args; kill -9 $PPID; sleep 5`);
    await server.run(server.boot);
    const [made] = await Promise.all([resource().create(inputs(), context), bootInstaller()]);
    expect(made.outputs.disk).toBe("/dev/disk/by-path/installer-1");
  });

  describe("says what is wrong:", () => {
    test("the port", async () => {
      await expect(resource(hasty).create(inputs(), context)).rejects.toThrow(
        /within 1 s\. The last attempt: 127\.0\.0\.1:\d+ refuses connections \(no SSH server yet\)/,
      );
    });

    test("another machine", async () => {
      await server.run(generateSshKeyPair("other"));
      await expect(resource(hasty).create(inputs(), context)).rejects.toThrow(
        /has neither of the two host keys that were made for it;.*another machine has this address/,
      );
    });

    test("the key", async () => {
      await server.run(server.boot);
      const other = generateSshKeyPair("other");
      await expect(resource(hasty).create(inputs({ privateKey: other.privateKey }), context)).rejects.toThrow(
        /does not accept the key SHA256:/,
      );
    });

    test("too little memory, before anything is built", async () => {
      server.says("debian-1", 984_000);
      await server.run(server.boot);
      await expect(resource().create(inputs(), context)).rejects.toThrow(/il has 984 MB of memory/);
      expect(built).toEqual([]);
    });

    test("still Debian: kexec did not happen", async () => {
      await server.run(server.boot);
      await expect(resource({ ...patient, installer: 1_000 }).create(inputs(), context)).rejects.toThrow(
        /within 1 s\. The last attempt: il still runs Debian.*journalctl -u kluster-kexec/,
      );
    });

    test("Debian again: the installer did not come up", async () => {
      await server.run(server.boot);
      const failing = expect(resource().create(inputs(), context)).rejects.toThrow(
        /il at 127\.0\.0\.1 has booted Debian again/,
      );
      await afterKexec(async () => server.says("debian-2"));
      await failing;
    });

    test("the machine's own words, when its kernel does not take the installer", async () => {
      server.script("kexec.sh", "echo 'kexec_load failed: Operation not permitted' >&2; exit 1");
      await server.run(server.boot);
      await expect(resource().create(inputs(), context)).rejects.toThrow(
        /scripts\/kexec\.sh failed with exit code 1:\nkexec_load failed/,
      );
    });
  });

  // Pulumi's part is modelled: a takeover that failed is in no state.
  describe.each([["at once"], ["after a refresh"]])(
    "that failed and is taken back, run again %s,",
    (when) => {
      const other = { url: "https://example.org/other.tar.gz", sha256: "1".repeat(52), minimumNix: "2.18" };

      /** Fails with another nixpkgs, and succeeds with the one that is wanted. */
      async function failAndTakeBack(times: TakeoverTimes, failure: RegExp, between: () => Promise<unknown>) {
        const it = resource(times);
        const provider = await serveProvider([it]);
        try {
          const model = new ModelledResource(provider, it.type);
          await expect(model.up({ ...inputs(), nixpkgs: other })).rejects.toThrow(failure);
          if (when === "after a refresh") await model.refresh();
          built = [];
          expect((await model.plan({ ...inputs() })).step).toBe("create");
          const booted = between();
          await model.up({ ...inputs() });
          await booted;
          expect(model.state!.outputs.disk).toBe("/dev/disk/by-path/installer-1");
          expect((await model.plan({ ...inputs() })).step).toBe("same");
        } finally {
          provider.stop();
        }
      }

      test("builds and starts the installer that is wanted, where Debian still runs", async () => {
        server.script("kexec.sh", "echo 'kexec_load failed' >&2; exit 1");
        await server.run(server.boot);
        await failAndTakeBack(patient, /kexec_load failed/, async () => {
          server.script("kexec.sh", `printf '%s\\n' "$@" >${server.folder}/kexec.args`);
          await bootInstaller();
        });
        expect(built.flat().join(" ")).toContain("/nowhere/nix/kexec-installer.nix");
      });

      test("goes on in the installer that came too late: it is gone after the installation", async () => {
        await server.run(server.boot);
        await failAndTakeBack({ ...patient, installer: 1_000 }, /still runs Debian/, async () => {
          server.says("installer-1");
          await server.run(server.lasting);
        });
        expect(built).toEqual([]);
      });
    },
  );

  // Every pod could have read the boot key in the user data: whoever holds it must not be sent the lasting key again.
  test("is never looked at again: the boot key is believed once", () => {
    expect(resource().read).toBeUndefined();
  });
});
