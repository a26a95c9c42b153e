import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Delivery, placement } from "../../provider/nixos/secrets";
import { SecretFile } from "../../provider/nixos/system";
import { describeWithMounts, runScript } from "./private-mounts";

const own = "/var/lib/kluster/secrets";
const wifi: SecretFile = {
  secret: "wifi",
  path: `${own}/wifi`,
  owner: "root",
  group: "root",
  mode: "0400",
  restartUnits: ["wifi.service", "roam.service"],
};
/** As nix/secrets.nix says it of the CA: in a folder that its owner owns. */
const key: SecretFile = {
  secret: "ca-key",
  path: "/var/lib/ceph/ca-key.pem",
  uid: 299,
  gid: 299,
  mode: "0400",
};
const secrets = { wifi: "hunter2\n\tin two lines", "ca-key": "KEY" };
/** Owner, mode and content of a file. */
const look = (path: string) => `stat -c '%u:%g %a' ${path}; base64 -w 0 ${path}; echo;`;
const base64 = (text: string) => Buffer.from(text).toString("base64");

describeWithMounts("secrets that come to a machine", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-secrets-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  interface Run {
    /** What came earlier, in order. */
    earlier?: Delivery[];
    /** Bash between that and this. */
    before?: string;
    after?: string;
    root?: string;
    input?: string;
  }

  function place(delivery: Delivery, { earlier = [], before = "", after, root = "", input }: Run = {}) {
    const came = earlier.map((one, i) => {
      writeFileSync(join(folder, `${i}`), placement(one));
      return `bash $SCRIPT "${root}" <${folder}/${i}`;
    });
    return runScript("place-secrets.sh", {
      empty: ["/var/lib", "/run", "/mnt"],
      before: ["chmod 755 /var/lib /mnt", ...came, before].join("\n"),
      args: [root],
      input: input ?? placement(delivery),
      after,
    });
  }

  test("are there as they are, for their owners alone, in a folder that others can only pass through", () => {
    const { code, stdout, stderr } = place(
      { files: [wifi, key], secrets },
      { after: `${look(wifi.path)} ${look(key.path)} stat -c %a ${own}; ls -A /var/lib/ceph ${own}` },
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trim().split("\n")).toEqual([
      "0:0 400",
      base64(secrets.wifi),
      "299:299 400",
      base64("KEY"),
      "711",
      "/var/lib/ceph:",
      "ca-key.pem",
      "",
      `${own}:`,
      "wifi",
    ]);
  });

  test("are for nobody else until their owner is there", () => {
    const theirs = { ...wifi, owner: "nobody-yet", group: "nobody-yet", mode: "0440" };
    expect(place({ files: [theirs], secrets }, { after: look(wifi.path) }).stdout).toContain("0:0 400\n");
    const known = { ...wifi, owner: "daemon", group: "daemon", mode: "0440" };
    expect(place({ files: [known], secrets }, { after: look(wifi.path) }).stdout).toContain("1:1 440\n");
  });

  test("are not placed for an owner by name where somebody else could put another file in their place", () => {
    const theirs = { ...wifi, path: "/var/lib/kluster/open/key", owner: "daemon" };
    const { code, stderr } = place(
      { files: [theirs], secrets },
      { before: "mkdir -p /var/lib/kluster/open; chmod 777 /var/lib/kluster/open" },
    );
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/\/var\/lib\/kluster\/open is not root's alone/),
    ]);
  });

  test("of a system that is being installed are not given to users of the installer by name", () => {
    const files = [{ ...wifi, owner: "daemon", mode: "0440" }, key];
    const { code, stdout } = place(
      { files, secrets },
      { root: "/mnt", after: `${look(`/mnt${wifi.path}`)} ${look(`/mnt${key.path}`)} ls /run` },
    );
    expect(code).toBe(0);
    expect(stdout).toContain("0:0 400\n");
    expect(stdout).toContain("299:299 400\n");
    expect(stdout).not.toContain("kluster\n"); // no unit of the installer's is to be restarted
  });

  test("make their units wait for a restart when they are new or another, and only then", () => {
    const units = "sort -u /run/kluster/secret-units 2>/dev/null || true";
    const both = "roam.service\nwifi.service\n";
    const delivery = { files: [wifi], secrets };
    expect(place(delivery, { after: units }).stdout).toBe(both);
    const settled = "rm -f /run/kluster/secret-units";
    const again = (other: Delivery) =>
      place(other, { earlier: [delivery], before: settled, after: `${units}; ${look(wifi.path)}` }).stdout;
    expect(again(delivery)).toMatch(/^0:0 400\n/);
    expect(again({ files: [wifi], secrets: { wifi: "other" } })).toBe(`${both}0:0 400\n${base64("other")}\n`);
    // Another mode is put right, and is nothing that a unit would have to read anew.
    expect(again({ files: [{ ...wifi, mode: "0444" }], secrets })).toMatch(/^0:0 444\n/);
  });

  test("are not written anew where nothing has changed", () => {
    const inode = `stat -c %i ${wifi.path} ${key.path}`;
    const { stdout } = place(
      { files: [wifi, key], secrets },
      { earlier: [{ files: [wifi, key], secrets }], before: inode, after: inode },
    );
    const [a, b, c, d] = stdout.trim().split("\n");
    expect([a, b]).toEqual([c, d]);
  });

  test("may have another path that leads to them", () => {
    const files = [{ ...wifi, link: "/var/lib/wifi/key" }];
    const { code, stdout } = place(
      { files, secrets },
      { after: "readlink /var/lib/wifi/key; base64 -w 0 /var/lib/wifi/key; ls -A /var/lib/wifi" },
    );
    expect([code, stdout]).toEqual([0, `${own}/wifi\n${base64(secrets.wifi)}key\n`]);
  });

  test.each([
    ["belongs to another user", "install -d -o daemon /var/lib/wifi"],
    ["lies in one that does", "install -d -o daemon /var/lib/wifi; mkdir /var/lib/wifi/sub"],
    ["everybody may write to", "install -d -m 1777 /var/lib/wifi"],
  ])("are refused a link in a folder that %s, before anything is changed", (_, before) => {
    const files = [wifi, { ...wifi, path: `${own}/b`, link: "/var/lib/wifi/sub/key" }];
    const { code, stdout, stderr } = place(
      { files, secrets },
      { before, after: `ls -A ${own} /run/kluster 2>&1 || true` },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^\/var\/lib\/wifi is not root's alone, so \/var\/lib\/wifi\/sub\/key is no place/,
    );
    expect(stdout).not.toContain("wifi\n");
  });

  test("do not follow a link that the owner of their folder has made", () => {
    const before = "mkdir /run/etc; install -d -o 299 /var/lib/other; ln -s /run/etc /var/lib/ceph";
    const { code, stderr, stdout } = place({ files: [key], secrets }, { before, after: "ls -A /run/etc" });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^\/var\/lib\/ceph is a link to \/run\/etc/);
  });

  test("replace a link in place of the file, and what it leads to stays as it is", () => {
    const before =
      "echo precious >/run/precious; install -d -o 299 /var/lib/ceph; ln -s /run/precious /var/lib/ceph/ca-key.pem";
    const { code, stdout } = place(
      { files: [key], secrets },
      { before, after: `cat /run/precious; stat -c '%u %F' /run/precious ${key.path}` },
    );
    expect([code, stdout]).toEqual([0, "precious\n0 regular file\n299 regular file\n"]);
  });

  test("are remembered without what is in them, so that those which are wanted no more can go", () => {
    const linked = { ...wifi, link: "/var/lib/wifi/key" };
    const { stdout } = place(
      { files: [key], secrets },
      {
        earlier: [{ files: [linked, key], secrets }],
        after: `cd /var/lib/kluster; stat -c %a secret-files*; cat secret-files; ls ${own}`,
      },
    );
    expect(stdout.split("\n")).toEqual([
      "600",
      "wanted\tfile\t/var/lib/ceph/ca-key.pem\t299\t299\t0400",
      `dropped\tfile\t${own}/wifi\troot\troot\t0400`,
      `dropped\tlink\t/var/lib/wifi/key\t${own}/wifi`,
      "wifi", // until the system that wants it no more is active
      "",
    ]);
  });

  test("that are wanted again before they went do not go", () => {
    const { stdout } = place(
      { files: [wifi], secrets },
      {
        earlier: [
          { files: [wifi, key], secrets },
          { files: [], secrets },
        ],
        after: "cat /var/lib/kluster/secret-files",
      },
    );
    expect(stdout).toBe(
      `wanted\tfile\t${own}/wifi\troot\troot\t0400\ndropped\tfile\t/var/lib/ceph/ca-key.pem\t299\t299\t0400\n`,
    );
  });

  test("that last are never in the list", () => {
    const { stdout } = place(
      { files: [], lasting: [{ ...key, path: "/var/lib/ssh/host-key" }], secrets },
      { after: `${look("/var/lib/ssh/host-key")} cat /var/lib/kluster/secret-files*` },
    );
    expect(stdout).toBe(`299:299 400\n${base64("KEY")}\n`);
  });

  test.each([
    ["nothing", ""],
    ["the list without its end", placement({ files: [wifi], secrets }).replace("end\n", "")],
    ["half a line", placement({ files: [wifi], secrets }).slice(0, -9)],
  ])("change nothing where the connection has brought %s", (_, input) => {
    const after = `cat ${wifi.path} /var/lib/kluster/secret-files 2>/dev/null | wc -c`;
    const earlier = [{ files: [wifi], secrets }];
    const run = place({ files: [], secrets }, { earlier, input, after });
    const whole = place({ files: [wifi], secrets }, { after });
    expect([run.code, run.stderr, run.stdout]).toEqual([
      1,
      "the list of secrets has not come whole; nothing was changed\n",
      whole.stdout,
    ]);
  });

  test("are root's alone from their first byte, whatever came before them", () => {
    const theirs = { ...wifi, owner: "daemon", group: "daemon", mode: "0444" };
    const before = `
      base64() { [ "$1" != -d ] || stat -c '%u %a' ${own}/.draft >>${folder}/seen; command base64 "$@"; }
      export -f base64`;
    const after = `cat ${folder}/seen`;
    const earlier = [{ files: [theirs], secrets }];
    expect(place({ files: [theirs, key], secrets }, { earlier, before, after }).stdout).toBe(
      "0 600\n0 600\n",
    );
  });

  test("leave no draft behind, not even that of a run that was killed", () => {
    const draft = `${own}/.draft`;
    const before = `mkdir -p ${own}; echo half >${draft}`;
    expect(place({ files: [wifi], secrets }, { before, after: `ls -A ${own}` }).stdout).toBe("wifi\n");
  });

  test.each([1, 2, 3])("come whole where the run before was killed at its rename number %d", (nth) => {
    const delivery = { files: [wifi, key], secrets };
    writeFileSync(join(folder, "killed"), placement(delivery));
    const before = `
      mv() { echo . >>/run/moves; [ $(wc -l </run/moves) -lt ${nth} ] || kill -9 $$; command mv "$@"; }
      export -f mv
      bash $SCRIPT "" <${folder}/killed && exit 9
      unset -f mv`;
    const after = `${look(wifi.path)} ${look(key.path)} ls -A ${own}; sort -u /run/kluster/secret-units; wc -l </var/lib/kluster/secret-files`;
    const { code, stdout } = place(delivery, { before, after });
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "0:0 400",
      base64(secrets.wifi),
      "299:299 400",
      base64("KEY"),
      "wifi",
      "roam.service",
      "wifi.service",
      "2",
      "",
    ]);
  });

  test("go on where a killed run ended, and its units are restarted all the same", () => {
    // The file is there already; the run did not come to its end.
    const before = `mkdir -p ${own} /run/kluster; chmod 711 ${own}; printf 'hunter2\\n\\tin two lines' >${own}/wifi; chmod 400 ${own}/wifi; echo wifi.service >/run/kluster/secret-units`;
    const { code, stdout } = place(
      { files: [wifi], secrets },
      { before, after: "cat /run/kluster/secret-units" },
    );
    expect([code, stdout]).toEqual([0, "wifi.service\n"]);
  });

  test("are in the arguments of no process", () => {
    const seen = join(folder, "seen");
    const before = `
      mkdir /run/spy
      for tool in base64 chown chmod mv stat sync mkdir cat rm; do
        printf '#!/bin/bash\\nprintf "%%s\\\\n" "$*" >>${seen}\\nexec /usr/bin/%s "$@"\\n' $tool >/run/spy/$tool
        /usr/bin/chmod 755 /run/spy/$tool
      done
      export PATH=/run/spy:$PATH`;
    const { code, stdout } = place(
      { files: [wifi, key], secrets },
      { earlier: [{ files: [wifi], secrets }], before, after: `cat ${seen}` },
    );
    expect(code).toBe(0);
    expect(stdout).toContain("-w 0");
    for (const secret of Object.values(secrets)) {
      expect(stdout).not.toContain(secret);
      expect(stdout).not.toContain(base64(secret));
    }
  });
});
