import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { checkout, nixIsThere, ScratchNix, value } from "./nix";

const nix = new ScratchNix();
afterAll(() => nix.remove());

const sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].find((path) => existsSync(path));
const describeWithSshd = nixIsThere && sshd && process.getuid?.() === 0 ? describe : describe.skip;

interface Configuration {
  settings: Record<string, string | boolean | readonly string[] | undefined>;
  extraConfig: string;
}

const keywords = {
  PermitRootLogin: ["yes", "no", "prohibit-password", "forced-commands-only"],
  PubkeyAuthentication: ["yes", "no"],
  AuthorizedKeysFile: ["none", "/etc/a", "/etc/a /etc/b"],
  ForceCommand: ["none", "internal-sftp"],
  AllowUsers: ["root", "alice root@10.*", "r*"],
  DenyGroups: ["wheel", "root users"],
};
const line = fc
  .constantFrom(...Object.keys(keywords))
  .chain((keyword) =>
    fc.tuple(
      fc.constantFrom(keyword, keyword.toLowerCase(), keyword.toUpperCase()),
      fc.constantFrom(...keywords[keyword as keyof typeof keywords]),
      fc.constantFrom(" ", "\t", "  "),
      fc.constantFrom("", "  ", "\t"),
    ),
  )
  .map(([keyword, text, blank, indent]) => `${indent}${keyword}${blank}${text}`);
const noise = fc.constantFrom("", "# PermitRootLogin no", "X11Forwarding no", "   ");
const criteria = fc.constantFrom(
  ...["all", "User root", "User alice", "user r*,!alice", "User *,!root", "Group root", "Group wheel"],
  ...["LocalPort 22", "LocalPort 2222", "User root Group root", "User root LocalPort 23"],
);
const lines = fc.array(fc.oneof({ weight: 4, arbitrary: line }, noise), { maxLength: 5 });
const configuration: fc.Arbitrary<Configuration> = fc
  .tuple(
    fc.record(
      {
        PermitRootLogin: fc.constantFrom(...keywords.PermitRootLogin),
        PubkeyAuthentication: fc.boolean(),
        AllowUsers: fc.constantFrom(["root"], ["alice", "b*"]),
      },
      { requiredKeys: [] },
    ),
    lines,
    fc.array(fc.tuple(criteria, lines), { maxLength: 3 }),
  )
  .map(([settings, everywhere, blocks]) => ({
    settings,
    extraConfig: [...everywhere, ...blocks.flatMap(([head, body]) => [`Match ${head}`, ...body])].join("\n"),
  }));

const single = ["permitrootlogin", "pubkeyauthentication", "authorizedkeysfile", "forcecommand"];
const lists = ["allowusers", "denygroups"];
type Effective = Record<string, string>;

/** What OpenSSH itself makes of it. */
function bySshd({ settings, extraConfig }: Configuration, keywords: Set<string>): Effective {
  const text = (x: unknown) =>
    x === true ? "yes" : x === false ? "no" : Array.isArray(x) ? x.join(" ") : String(x);
  const file = join(nix.folder, "sshd_config");
  const first = Object.entries(settings).map(([name, x]) => `${name} ${text(x)}\n`);
  writeFileSync(file, first.join("") + extraConfig + "\n");
  const args = [
    "-T",
    "-f",
    file,
    "-h",
    hostKey(),
    "-C",
    "user=root,host=a,addr=10.0.0.1,laddr=10.0.0.2,lport=22",
  ];
  const finished = spawnSync(sshd!, args, { encoding: "utf8" });
  if (finished.status !== 0) throw new Error(finished.stderr);
  const found: Record<string, string[]> = {};
  for (const [, keyword, words] of finished.stdout.matchAll(/^(\S+) (.*)$/gm))
    (found[keyword] ??= []).push(words);
  return Object.fromEntries([...keywords].map((name) => [name, (found[name] ?? []).join(" ")]));
}

let made: string | undefined;
function hostKey(): string {
  if (!made) {
    made = join(nix.folder, "key");
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", made]);
  }
  return made;
}

describeWithSshd("what sshd makes of its configuration for root", () => {
  it("is what sshd itself says", () => {
    const cases = fc.sample(configuration, 150);
    writeFileSync(join(nix.folder, "cases.json"), JSON.stringify(cases));
    const expression = `{ cases }:
      let
        lib = import ${checkout}/lab/nixpkgs/lib;
        look = { settings, extraConfig }:
          let
            sshd = import ${checkout}/nix/reachable/sshd-config.nix {
              inherit lib settings extraConfig; user = "root"; groups = [ "root" ];
            };
            text = found: if found == null then null else found.value;
          in
          lib.genAttrs ${nixList(single)} (name: text (sshd.first name))
          // lib.genAttrs ${nixList(lists)} (name: lib.concatMapStringsSep " " text (sshd.all name));
      in map look (builtins.fromJSON (builtins.readFile cases))`;
    writeFileSync(join(nix.folder, "look.nix"), expression);
    const looked: Record<string, string | null>[] = value(
      nix.evaluate([join(nix.folder, "look.nix"), "--argstr", "cases", join(nix.folder, "cases.json")]),
    );
    cases.forEach((configuration, i) => {
      // Where nothing is said sshd has a default of its own.
      const said = Object.entries(looked[i]).filter(([, text]) => text !== null);
      // The older name of the same.
      const ours = said.map(([name, text]) => [
        name,
        text!.replace(/^prohibit-password$/, "without-password"),
      ]);
      expect({ configuration, effective: Object.fromEntries(ours) }).toEqual({
        configuration,
        effective: bySshd(configuration, new Set(said.map(([name]) => name))),
      });
    });
  });
});

const nixList = (names: string[]) => `[ ${names.map((name) => JSON.stringify(name)).join(" ")} ]`;
