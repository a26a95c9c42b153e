import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithMounts, runScript } from "./private-mounts";

describeWithMounts("starting the installer by kexec", () => {
  let folder: string;

  const program = (path: string, text: string) => {
    writeFileSync(join(folder, path), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, path), 0o755);
  };
  const file = (name: string) => readFileSync(join(folder, name));
  const kexec = () =>
    runScript("kexec.sh", {
      empty: ["/run", "/var/lib"],
      args: [join(folder, "tree"), join(folder, "seed.cpio")],
      env: { PATH: `${join(folder, "bin")}:${process.env.PATH}` },
      after: "ls /var/lib",
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kluster-kexec-"));
    for (const name of ["tree", "bin"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "tree/kernel"), "kernel");
    writeFileSync(join(folder, "tree/initrd"), "12345", { mode: 0o444 });
    writeFileSync(join(folder, "tree/command-line"), "init=/nix/store/x/init console=ttyS0\n");
    writeFileSync(join(folder, "seed.cpio"), "070701", { mode: 0o600 });
    program(
      "tree/kexec",
      `printf '%s\\n' "$@" >>${folder}/kexec.args
       for word; do case $word in --initrd=*) cp "\${word#*=}" ${folder}/loaded; stat -c %a "\${word#*=}" >${folder}/mode ;; esac; done`,
    );
    program("bin/systemd-run", `printf '%s\\n' "$@" >${folder}/unit`);
    program("bin/systemctl", "exit 3"); // not active, nothing to reset
    program("bin/dmesg", "echo 'kexec: no room'; echo 'eth0: link up'");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("loads the initrd with the archive behind it, at a multiple of 4 bytes where the kernel looks for it", () => {
    expect(kexec()).toMatchObject({ code: 0, stderr: "" });
    expect(file("loaded").toString("latin1")).toBe("12345\0\0\0" + "070701");
    expect(file("kexec.args").toString().split("\n")).toEqual([
      "--kexec-syscall-auto",
      "--load",
      join(folder, "tree/kernel"),
      "--initrd=/var/lib/kluster-initrd",
      "--command-line=init=/nix/store/x/init console=ttyS0",
      "",
    ]);
  });

  test("lets nobody else read it, and leaves neither it nor the archive behind", () => {
    const { stdout } = kexec();
    expect(file("mode").toString()).toBe("600\n");
    expect(stdout).toBe("");
    expect(existsSync(join(folder, "seed.cpio"))).toBe(false);
  });

  test("hands the start over to a unit that outlives the connection", () => {
    kexec();
    const words = file("unit").toString().split("\n");
    expect(words).toEqual(expect.arrayContaining(["--no-block", "--unit=kluster-kexec"]));
    expect(words.at(-2)).toBe(join(folder, "tree/kexec"));
  });

  test("tries the kernel's other call where the first does not work", () => {
    program(
      "tree/kexec",
      // kexec-tools 2.0.29: without an option it takes -a, which is --kexec-syscall-auto.
      `echo "$1" >>${folder}/kexec.args; [ "$1" = --kexec-syscall ] || { echo 'kexec_file_load failed' >&2; exit 1; }`,
    );
    expect(kexec()).toMatchObject({ code: 0, stderr: "" });
    expect(file("kexec.args").toString()).toBe("--kexec-syscall-auto\n--kexec-syscall\n");
    expect(existsSync(join(folder, "unit"))).toBe(true);
  });

  test("starts nothing where the kernel does not take it, and says its words", () => {
    program("tree/kexec", 'echo "cannot load by $1" >&2; exit 1');
    const { code, stderr } = kexec();
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot load by --kexec-syscall-auto\n[^]*cannot load by --kexec-syscall\n/);
    expect(stderr).toMatch(/\nkexec: no room\n$/); // of the kernel's log, what is about this
    expect(stderr).not.toMatch(/eth0/);
    expect(existsSync(join(folder, "unit"))).toBe(false);
  });

  test("changes nothing where an earlier run is about to start it", () => {
    program("bin/systemctl", "exit 0"); // is-active
    expect(kexec().code).toBe(0);
    expect(existsSync(join(folder, "kexec.args"))).toBe(false);
  });
});
