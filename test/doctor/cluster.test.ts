import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfig } from "../../provider/kubernetes/kubeconfig";
import { type Finding } from "../../doctor/check";
import { examineCluster } from "../../doctor/cluster/examine";
import { type Cluster, clusterOf } from "../../stack/cluster";
import { run } from "../../provider/process";
import { SshError, type Session } from "../../provider/ssh";
import { createCertificateAuthority } from "../../provider/pki";

const WANTED = "/nix/store/aaa-nixos-system-ee";

let folder: string;
let authority: string;
beforeAll(
  async () => (authority = (await createCertificateAuthority({ commonName: "kluster-dev" })).certificate),
);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-doctor-node-"));
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "certificates"));
  mkdirSync(join(folder, "etcd/member/snap"), { recursive: true });
  writeFileSync(join(folder, "certificates/ca.pem"), authority);
  writeFileSync(join(folder, "certificates/kubelet-key.pem"), "SECRET");
  writeFileSync(join(folder, "etcd/member/snap/db"), "x".repeat(1000));
  program("readlink", `echo ${WANTED}`);
  program("kubectl", "echo True");
  units({});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(folder, "bin", name), `#!/bin/bash\n${script}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}

/** What systemd says of some units; all others are active. */
function units(states: Record<string, string>): void {
  const cases = Object.entries(states).map(
    ([unit, state]) => `"is-active ${unit}"*) echo ${state}; exit 3 ;;`,
  );
  const failed = Object.keys(states).map((unit) => `${unit}.service loaded failed failed x`);
  program(
    "systemctl",
    `case "$*" in ${cases.join("\n")} is-active*) echo active ;; list-units*) printf '%s' '${failed.map((line) => `${line}\n`).join("")}' ;; esac`,
  );
  program("journalctl", "echo 'the last word of its journal'");
}

/** A machine whose programs are this box's own, behind those of the test. */
const session: Session = {
  exec: (command, { timeout, onLine }) =>
    run("bash", ["-c", command], {
      ...{ timeout, onLine },
      env: {
        HOME: folder, // bash takes a socket at its input for a remote shell, and reads the user's .bashrc
        PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
        KLUSTER_CERTIFICATES: join(folder, "certificates"),
        KLUSTER_ETCD: join(folder, "etcd"),
      },
    }),
  close() {},
};

function cluster(): Cluster {
  const machine = (address: string, roles: string[]) => ({
    address,
    hostKey: "ssh-ed25519 x",
    roles,
    system: WANTED,
  });
  return clusterOf({
    master: "il",
    sshKey: "the key",
    machines: { il: machine("192.168.56.11", ["master", "node"]), ee: machine("192.168.56.12", ["node"]) },
    kubeconfig: kubeconfig({
      stack: "dev",
      server: { address: "127.0.0.1", port: 443 },
      caCertificate: authority,
      clientCertificate: authority,
      clientPrivateKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    }),
  })!;
}

async function look(only?: string, login: () => Promise<Session> = async () => session) {
  const findings = await examineCluster(cluster(), only, login);
  return new Map<string, Finding>(findings.map((finding) => [finding.name, finding]));
}

describe("a cluster that is well", () => {
  test("has all checks, of the master, of the others, and of the operator's certificates", async () => {
    program("kubectl", '[[ "$*" = *deployment* ]] && echo "2 2" || echo True');
    const found = await look();
    const unwell = [...found.values()].filter(({ state }) => !["well", "warning"].includes(state));
    expect(unwell.map(({ name }) => name)).toEqual(["api-port/il"]); // nobody listens on this box
    expect([...found.keys()]).toEqual(
      ["certificates"].concat(
        ["login", "api-port", "api", "ready", "dns", "system", "units", "certificates", "disk", "etcd"].map(
          (name) => `${name}/il`,
        ),
        ["login", "ready", "system", "units", "certificates", "disk", "etcd"].map((name) => `${name}/ee`),
      ),
    );
    expect(JSON.stringify([...found])).not.toMatch(/SECRET|the key/);
  });

  test("calls the API by the port that a URL leaves out", () => expect(cluster().api).toBe("https://il:443"));

  test("is none before there are outputs", () => expect(clusterOf({ master: "il" })).toBeUndefined());
});

describe("a machine is looked at alone", () => {
  test("and its unit that failed is named, in the words that up has for it", async () => {
    units({ kubelet: "failed" });
    const found = await look("ee");
    expect(found.get("ready/ee")).toMatchObject({
      state: "problem",
      finding: expect.stringMatching(/node ee.*kubelet\.service has failed.*the last word of its journal/s),
      remedy: expect.stringContaining("ssh root@192.168.56.12 journalctl --unit=kubelet"),
    });
    expect(found.get("units/ee")).toMatchObject({ state: "warning", finding: "failed: kubelet.service" });
    expect([...found.keys()].every((name) => name.endsWith("/ee"))).toBe(true);
  });

  test("and what the API says of it, where its units are well", async () => {
    program("kubectl", "echo 'False container runtime network not ready'");
    expect((await look("ee")).get("ready/ee")).toMatchObject({
      state: "problem",
      finding: expect.stringContaining("False container runtime network not ready"),
    });
  });

  test("and no more is said of it than that there is no login, where there is none", async () => {
    const refuse = async () => {
      throw new SshError("timeout", "192.168.56.12:22 did not answer within 10 s");
    };
    expect([...(await look("ee", refuse)).values()]).toEqual([
      {
        name: "login/ee",
        state: "problem",
        finding: "192.168.56.12:22 did not answer within 10 s",
        remedy: expect.stringContaining("pulumi refresh && pulumi up"),
      },
    ]);
  });
});
