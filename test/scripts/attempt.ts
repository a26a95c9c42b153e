import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseActivationState } from "../../provider/nixos/activation-state";
import { describeWithMounts, runScript } from "./private-mounts";

const scripts = join(__dirname, "../../scripts");
const text = (name: string) => readFileSync(join(scripts, name), "utf8");

/** `describe`, or a skipped one that says why, where no system can be switched among mounts of one's own. */
export const describeAttempts = (name: string, tests: () => void): void =>
  existsSync("/nix")
    ? describeWithMounts(name, tests)
    : describe.skip(`${name} (there is no folder /nix to put another over)`, tests);

export interface Plan {
  /** Bash that stands in for what a system's switch-to-configuration does, by its action in $1; `become` activates it. */
  fresh?: string;
  old?: string;
  /** Bash before the attempt. */
  before?: string;
  /** Bash afterwards, whose output comes back. */
  after?: string;
  /** Whether a new login confirms the system. */
  confirmed?: boolean;
  /** Seconds. */
  limits?: { switch?: number; confirm?: number };
  /** Texts that take the place of scripts of the attempt. */
  instead?: Record<string, string>;
  /** What place-secrets.sh reads. */
  secrets?: string;
  /** Another end of what the script reads. */
  end?: string;
}

/** Two systems, "old" and "fresh", and stand-ins for what a machine has; the old one runs and is the boot default. */
export class Attempt {
  readonly folder = mkdtempSync(join(tmpdir(), "kluster-attempt-"));

  constructor() {
    mkdirSync(join(this.folder, "bin"));
    this.program("bin/systemd-run", `while [[ $1 == --* ]]; do shift; done; umask 0022; exec "$@"`); // at once and in the foreground
    this.program("bin/journalctl", `[[ $* =~ --unit=(.*) ]]; echo "last words of \${BASH_REMATCH[1]}"`);
    this.program("bin/nix-env", `ln -sfn "\${!#}" /nix/var/nix/profiles/system`);
    // Units are folders with a file for each property.
    this.program(
      "bin/systemctl",
      `case $* in
       list-units*) cd /run/units; shopt -s nullglob; for unit in *; do
         if [ "\${!#}" = "--state=$(cat $unit/ActiveState)" ] || [ "\${!#}" = "--state=$(cat $unit/SubState 2>/dev/null)" ]; then echo "$unit loaded x x"; fi
       done ;;
       show*) property=\${2#--property=}; cat "/run/units/\${!#}/$property" 2>/dev/null || echo ;;
       try-restart*) echo "$*" ;;
       *reboot) touch /run/rebooted ;;
       esac`,
    );
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Store path of a system. */
  path = (system: "old" | "fresh") => join(this.folder, system);

  run(plan: Plan = {}) {
    const { confirmed = true, limits = {}, instead = {}, secrets = "end\n", end = "end\n" } = plan;
    for (const system of ["old", "fresh"] as const) {
      for (const part of ["bin", "sw/bin", "etc/systemd/system"])
        mkdirSync(join(this.path(system), part), { recursive: true });
      writeFileSync(join(this.path(system), "init-interface-version"), "systemd 1");
      this.program(
        `${system}/bin/switch-to-configuration`,
        `become() { ln -sfn "${this.path(system)}" /run/current-system; }
         unit() { mkdir -p "/run/units/$1"; echo "$2" >"/run/units/$1/ActiveState"; }
         echo "${system} $1\${NIXOS_NO_CHECK:+ unchecked}" >>/run/done
         [ "$1" != test ] || become
         ${plan[system] ?? ""}`,
      );
    }
    const names = [
      ...["supervise-activation.sh", "unit-health.sh", "reachable.sh", "commit-system.sh"],
      ...["keep-secrets.sh", "place-secrets.sh", "settle-secrets.sh"],
    ];
    const files = { ...Object.fromEntries(names.map((name) => [name, text(name)])), ...instead, secrets };
    const attempt = "/run/kluster/activations/one";
    const { code, stdout, stderr } = runScript("activate.sh", {
      empty: ["/run", "/var/lib", "/nix"],
      env: { PATH: `${join(this.folder, "bin")}:${process.env.PATH}`, SSH_CONNECTION: "" },
      before: `
        chmod 755 /var/lib
        mkdir -p /nix/var/nix/profiles /nix/var/nix/gcroots /run/units
        for link in /run/current-system /nix/var/nix/profiles/system; do ln -s ${this.path("old")} $link; done
        unit() { mkdir -p "/run/units/$1"; echo "$2" >"/run/units/$1/ActiveState"; }
        ${plan.before ?? ""}
        ${confirmed ? `(until grep -qs confirm ${attempt}/phase; do [ ! -e ${attempt}/outcome ] && kill -0 $$ && sleep 0.05 || exit; done; : >${attempt}/confirmed) </dev/null >/dev/null 2>&1 &` : ""}`,
      args: [this.path("fresh"), "one", `${limits.switch ?? 20}`, `${limits.confirm ?? 10}`],
      input:
        Object.entries(files)
          .map(([name, content]) => `${name} ${Buffer.from(content).toString("base64")}\n`)
          .join("") + end,
      after: `
        echo ---; cat /run/done 2>/dev/null || true
        echo ---; readlink /nix/var/nix/profiles/system
        echo ---; bash ${scripts}/activation-state.sh one
        echo ---; { ${plan.after ?? ":"}
        } 2>&1`,
    });
    const [journal, done, profile, answer, after] = stdout.split("---\n");
    const state = parseActivationState(answer ?? "");
    const nameOf = (path = "") => path.trim().split("/").at(-1);
    const { outcome, cause, units } = state;
    return {
      ...{ code, journal, stderr, state, after: after?.trim() },
      /** Each call of a switch-to-configuration: the system, the action. */
      done: done?.trim().split("\n").filter(Boolean),
      /** What came of the attempt, and the names of the systems that run and that would be booted. */
      brief: { outcome, cause, code: state.code, units, runs: nameOf(state.system), boots: nameOf(profile) },
    };
  }

  private program(path: string, text: string): void {
    writeFileSync(join(this.folder, path), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  }
}
