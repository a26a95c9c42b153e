import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { placement } from "../../provider/nixos/secrets";
import { SecretFile } from "../../provider/nixos/system";
import { describeWithMounts, runScript } from "./private-mounts";

const own = "/var/lib/kluster/secrets";
const list = "/var/lib/kluster/secret-files";

const file = (name: string, more: Partial<SecretFile> = {}): SecretFile => ({
  ...{ secret: "s", path: `${own}/${name}`, owner: "root", group: "root", mode: "0400" },
  ...more,
});

describeWithMounts("what an activation does about secret files", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-settle-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const program = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });

  /** Units as /run/units has them: their runs by their names; a restart is written down. */
  const systemctl = () =>
    program(
      "systemctl",
      `case $* in
       *InvocationID*) cat "/run/units/\${!#}" 2>/dev/null ;;
       *LoadState*) [ -e "/run/units/\${!#}" ] && echo loaded || echo not-found ;;
       try-restart*) echo "$*"; [ ! -e /run/broken ] ;;
       esac`,
    );

  /** Lists of files that came one after the other, then an activation, which does `meanwhile`. */
  function activate(lists: SecretFile[][], { before = "", meanwhile = "", after = "" } = {}) {
    systemctl();
    const place = join(__dirname, "../../scripts/place-secrets.sh");
    const came = lists.map((files, i) => {
      writeFileSync(join(folder, `list-${i}`), placement({ files, secrets: { s: `content ${i}` } }));
      return `bash ${place} "" <${folder}/list-${i}`;
    });
    const units = "mkdir -p /run/units; for unit in a b c; do echo run-1 >/run/units/$unit.service; done";
    return runScript("settle-secrets.sh", {
      empty: ["/var/lib", "/run"],
      env: { PATH: `${folder}:${process.env.PATH}` },
      before: ["chmod 755 /var/lib", units, ...came, before, "bash $SCRIPT before /run/seen", meanwhile].join(
        "\n",
      ),
      args: ["after", "/run/seen"],
      after,
    });
  }

  test("is nothing where no secret has changed", () => {
    expect(activate([])).toEqual({ code: 0, stdout: "", stderr: "" });
    const files = [file("x", { restartUnits: ["a.service"] })];
    const { code, stdout } = activate([files], { before: "rm /run/kluster/secret-units" });
    expect([code, stdout]).toEqual([0, ""]);
  });

  test("is one restart of each unit, however many of its secrets have changed", () => {
    const files = [
      file("x", { restartUnits: ["a.service", "b.service"] }),
      file("y", { restartUnits: ["b.service", "a.service"] }),
      file("z"),
    ];
    const { code, stdout } = activate([files], { after: "ls /run/kluster" });
    expect(code).toBe(0);
    expect(stdout).toBe(
      "restarting the following units, whose secrets have changed: a.service b.service\n" +
        "try-restart -- a.service b.service\n",
    );
  });

  test("is none of a unit that the activation has started anew by itself", () => {
    const files = [file("x", { restartUnits: ["a.service", "b.service"] })];
    const meanwhile = "echo run-2 >/run/units/a.service";
    expect(activate([files], { meanwhile }).stdout).toContain("try-restart -- b.service\n");
    const both = `${meanwhile}; echo run-2 >/run/units/b.service`;
    expect(activate([files], { meanwhile: both })).toEqual({ code: 0, stdout: "", stderr: "" });
    // One that comes with this very activation had no run before.
    const fresh = [file("x", { restartUnits: ["new.service"] })];
    expect(activate([fresh], { meanwhile: "echo run-1 >/run/units/new.service" }).stdout).toBe("");
  });

  test("tells of a unit that there is not, and restarts the others", () => {
    const files = [file("x", { restartUnits: ["a.service", "gone.service"] })];
    const { code, stdout, stderr } = activate([files]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("try-restart -- a.service\n")]);
    expect(stderr).toContain("kluster: gone.service is to be restarted");
  });

  test("fails where a unit cannot be restarted, and does not try for ever", () => {
    const files = [file("x", { restartUnits: ["a.service"] })];
    const { code, stdout } = activate([files], { before: "touch /run/broken", after: "ls /run/kluster" });
    expect(code).toBe(1);
    expect(stdout).not.toContain("secret-units");
  });

  test("is the removal of what is wanted no more, and of nothing else", () => {
    const linked = file("x", { link: "/var/lib/x/key" });
    const foreign = file("k", {
      path: "/var/lib/ceph/k.pem",
      uid: 299,
      gid: 299,
      owner: undefined,
      group: undefined,
    });
    const { code, stdout } = activate([[linked, foreign, file("y")], [file("y")]], {
      before: `touch ${own}/mine /var/lib/ceph/mine`,
      after: `ls -A ${own} /var/lib/x /var/lib/ceph; ls /var/lib/kluster`,
    });
    expect(code).toBe(0);
    expect(stdout).toBe(
      `/var/lib/ceph:\nmine\n\n/var/lib/kluster/secrets:\nmine\ny\n\n/var/lib/x:\nsecret-files\nsecrets\n`,
    );
  });

  test("does not remove by way of a link, nor a link that leads elsewhere now", () => {
    const foreign = file("k", {
      path: "/var/lib/ceph/passwd",
      uid: 299,
      gid: 299,
      owner: undefined,
      group: undefined,
    });
    const linked = file("x", { link: "/var/lib/x/key" });
    const { code, stdout } = activate([[foreign, linked], []], {
      before:
        "mkdir /run/etc; touch /run/etc/passwd; rm -r /var/lib/ceph; ln -s /run/etc /var/lib/ceph; ln -sfn /run/etc /var/lib/x/key",
      after: "ls /run/etc /var/lib/x",
    });
    expect([code, stdout]).toEqual([0, "/run/etc:\npasswd\n\n/var/lib/x:\nkey\n"]);
  });

  test("keeps what it could not remove in its list, for the next activation", () => {
    const { code, stderr, stdout } = activate([[file("x")], []], {
      before: `rm ${own}/x; mkdir ${own}/x`,
      after: `cat ${list}`,
    });
    expect([code, stdout]).toEqual([1, `dropped\tfile\t${own}/x\troot\troot\t0400\n`]);
    expect(stderr).toContain(`kluster: the secret file ${own}/x is wanted no more and could not be removed`);
  });
});

describeWithMounts("any lists of secrets, one after the other, some of them cut short by a kill", () => {
  /** Some of four files, each with one of two contents and perhaps a link. */
  const list = fc.dictionary(
    fc.constantFrom("a", "b", "c", "d"),
    fc.record({ content: fc.constantFrom("s", "t"), linked: fc.boolean() }),
  );
  const run = fc.record({ list, killedAt: fc.option(fc.integer({ min: 1, max: 7 })) });

  test("end with the files of the last one, and a restart for each that differs from what was settled before", () => {
    fc.assert(
      fc.property(list, fc.array(run, { maxLength: 3 }), list, (settled, between, last) => {
        const folder = mkdtempSync(join(tmpdir(), "kluster-lists-"));
        try {
          const place = join(__dirname, "../../scripts/place-secrets.sh");
          const step = (wanted: typeof last, i: number, killedAt: number | null = null) => {
            const files = Object.entries(wanted).map(([name, { content, linked }]) =>
              file(name, {
                secret: content,
                restartUnits: [`${name}.service`],
                ...(linked ? { link: `/var/lib/links/${name}` } : {}),
              }),
            );
            writeFileSync(join(folder, `${i}`), placement({ files, secrets: { s: "s", t: "t" } }));
            const kill = `mv() { echo . >>/run/moves; [ $(wc -l </run/moves) -lt ${killedAt} ] || kill -9 $$; command mv "$@"; }`;
            const come = `bash ${place} "" <${folder}/${i}`;
            return killedAt === null
              ? come
              : `rm -f /run/moves; (${kill}; export -f mv; ${come} || true) 2>/dev/null`;
          };
          writeFileSync(join(folder, "systemctl"), "#!/bin/bash\n[[ $* != try-restart* ]] || echo $*\n", {
            mode: 0o755,
          });
          const { code, stdout, stderr } = runScript("settle-secrets.sh", {
            empty: ["/var/lib", "/run"],
            env: { PATH: `${folder}:${process.env.PATH}` },
            before: [
              "chmod 755 /var/lib",
              step(settled, 0),
              "bash $SCRIPT before /run/seen; bash $SCRIPT after /run/seen >/dev/null",
              ...between.map(({ list, killedAt }, i) => step(list, i + 1, killedAt)),
              step(last, 9),
              "bash $SCRIPT before /run/seen",
            ].join("\n"),
            args: ["after", "/run/seen"],
            after: `cd ${own}; for file in *; do [ ! -f $file ] || echo "$file $(cat $file)"; done
              mkdir -p /var/lib/links; cd /var/lib/links; for link in *; do [ ! -L $link ] || echo "$link -> $(readlink $link)"; done; ls -A ${own} | grep -c draft || true`,
          });
          expect([code, stderr]).toEqual([0, ""]);
          const restarts = /^try-restart -- (.*)$/m.exec(stdout)?.[1].split(" ") ?? [];
          const names = Object.keys(last).sort();
          expect(stdout.split("\n").filter((line) => !/restart/.test(line))).toEqual([
            ...names.map((name) => `${name} ${last[name].content}`),
            ...names.flatMap((name) => (last[name].linked ? [`${name} -> ${own}/${name}`] : [])),
            "0",
            "",
          ]);
          // Units of files that were dropped again may be restarted too; once each in any case.
          expect(new Set(restarts).size).toBe(restarts.length);
          const differ = names.filter((name) => settled[name]?.content !== last[name].content);
          expect(restarts).toEqual(expect.arrayContaining(differ.map((name) => `${name}.service`)));
          if (between.length === 0) expect(restarts).toEqual(differ.map((name) => `${name}.service`));
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

describeWithMounts("owners of secret files", () => {
  /** Runs nix/own-secrets.sh after that list came and `before` happened. */
  function give(files: SecretFile[], before: string, after: string) {
    return runScript("place-secrets.sh", {
      empty: ["/var/lib", "/run"],
      before: "chmod 755 /var/lib; cp /etc/passwd /run; mount --bind /run/passwd /etc/passwd",
      input: placement({ files, secrets: { s: "content" } }),
      args: [""],
      after: `${before}\nbash ${join(__dirname, "../../nix/own-secrets.sh")} ${list} || code=$?\n${after}`,
    });
  }
  const look = (path: string) => `stat -c '%U:%G %a' ${path};`;

  test("get them as soon as they are there", () => {
    const files = [file("x", { owner: "late", group: "daemon", mode: "0440" })];
    const before = `${look(`${own}/x`)} echo late:x:4711:1::/:/bin/false >>/etc/passwd`;
    expect(give(files, before, look(`${own}/x`))).toEqual({
      code: 0,
      stdout: "root:root 400\nlate:daemon 440\n",
      stderr: "",
    });
  });

  test("who are not there after all are told by name", () => {
    const files = [file("x", { owner: "never" }), file("y", { owner: "daemon", group: "daemon" })];
    const { code, stderr, stdout } = give(files, "", look(`${own}/x`) + look(`${own}/y`));
    expect([code, stdout]).toEqual([1, "root:root 400\ndaemon:daemon 400\n"]);
    expect(stderr).toContain(`kluster: ${own}/x could not be given to never:root with mode 0400`);
  });

  test("of files elsewhere are left alone: their folder may be somebody else's", () => {
    const foreign = file("k", {
      path: "/var/lib/ceph/k",
      uid: 299,
      gid: 299,
      owner: undefined,
      group: undefined,
    });
    const before = "touch /run/precious; rm /var/lib/ceph/k; ln -s /run/precious /var/lib/ceph/k";
    expect(give([foreign], before, look("/run/precious")).stdout).toBe("root:root 644\n");
  });

  test("are nobody's business where no secret ever came", () => {
    expect(give([], `rm ${list}`, "").code).toBe(0);
  });
});
