import { X509Certificate } from "node:crypto";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { kubeconfig } from "../../provider/kubernetes/kubeconfig";
import { createCertificateAuthority } from "../../provider/pki";

const CHECKOUT = join(__dirname, "../..");
const pem = (label: string, text: string) => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
const KEY = "c2VjcmV0IGtleQ";
const output = kubeconfig({
  stack: "dev",
  server: { address: "192.168.56.11", port: 6443 },
  caCertificate: pem("CERTIFICATE", "AAAA"),
  clientCertificate: pem("CERTIFICATE", "AAAA"),
  clientPrivateKey: pem("PRIVATE KEY", KEY),
});
const secret = Buffer.from(pem("PRIVATE KEY", KEY)).toString("base64");
const OTHERS =
  "# mine\nclusters:\n- {name: work, cluster: {server: https://work}}\ncontexts: []\ncurrent-context: work\nusers: []\n";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-kubeconfig-"));
  writeFileSync(join(folder, "outputs.json"), JSON.stringify({ kubeconfig: output }));
  pulumi(`case "$1 $2" in
    "stack --show-name") echo dev ;;
    "stack output") cat "${folder}/outputs.json" ;;
  esac`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function pulumi(script: string): void {
  writeFileSync(join(folder, "pulumi"), `#!/bin/bash\necho "$*" >>"${folder}/calls"\n${script}\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
}

function command(args: string[], env: Record<string, string> = {}) {
  const path = [folder, join(process.execPath, ".."), "/usr/bin", "/bin"].join(delimiter);
  const script = (
    JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as { scripts: { kubeconfig: string } }
  ).scripts.kubeconfig;
  return spawnSync("/bin/sh", ["-c", `exec ${script} "$@"`, "kubeconfig", ...args], {
    cwd: CHECKOUT,
    encoding: "utf8",
    env: { PATH: path, HOME: folder, ...env },
  });
}

const standard = () => join(folder, ".kube/config");
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

describe("npm run kubeconfig", () => {
  test("merge makes ~/.kube/config for its owner alone, and says no secret", () => {
    const { status, stdout, stderr } = command(["merge"]);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: "",
      stderr: `kubeconfig: context kluster-dev is in ${standard()}; kubectl --context kluster-dev get nodes\n`,
    });
    expect(mode(standard())).toBe("600");
    expect(mode(join(folder, ".kube"))).toBe("700");
    expect(readFileSync(standard(), "utf8")).toContain(secret);
    expect(readFileSync(join(folder, "calls"), "utf8")).not.toContain(secret);
  });

  test("merge takes the first file of KUBECONFIG, through a link, and remove puts it back", () => {
    mkdirSync(join(folder, "real"));
    const file = join(folder, "real/config");
    writeFileSync(file, OTHERS, { mode: 0o644 });
    symlinkSync(file, join(folder, "link"));
    const env = { KUBECONFIG: `:${join(folder, "link")}:${join(folder, "other")}` };
    expect(command(["merge", "--stack", "dev"], env).status).toBe(0);
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(mode(file)).toBe("600");
    const merged = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    expect(merged).toMatchObject({ "current-context": "work", contexts: [{ name: "kluster-dev" }] });
    expect(command(["merge"], env).stderr).toContain("nothing to change");
    expect(command(["remove"], env).status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(OTHERS);
    expect(existsSync(join(folder, "other"))).toBe(false);
    expect(readdirSync(join(folder, "real"))).toEqual(["config"]);
  });

  test("print writes the kubeconfig of the cluster alone to standard output", () => {
    const { status, stdout, stderr } = command(["print", "--stack=org/kluster/dev"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(parse(stdout)).toMatchObject({
      "current-context": "kluster-dev",
      clusters: [{ name: "kluster-dev" }],
    });
    expect(existsSync(standard())).toBe(false);
    expect(readFileSync(join(folder, "calls"), "utf8")).toContain("--stack org/kluster/dev");
  });

  test("break-glass is of system:masters for an hour, and stands in no argument or file", async () => {
    const authority = await createCertificateAuthority({ commonName: "kluster-dev" });
    const secret = (value: string) => ({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      plaintext: JSON.stringify(value),
    });
    const urn = "urn:pulumi:dev::kluster::a$kluster-provider:pki:CertificateAuthority::/authority";
    const outputs = { certificate: authority.certificate, privateKey: secret(authority.privateKey) };
    writeFileSync(
      join(folder, "state.json"),
      JSON.stringify({ deployment: { resources: [{ urn, outputs }] } }),
    );
    pulumi(`case "$1 $2" in
      "stack --show-name") echo dev ;;
      "stack output") cat "${folder}/outputs.json" ;;
      "stack export") cat "${folder}/state.json" ;;
    esac`);
    const { status, stdout, stderr } = command(["break-glass"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { clusters, users } = parse(stdout) as Record<string, any[]>;
    expect(clusters[0].cluster.server).toBe("https://192.168.56.11:6443");
    const certificate = new X509Certificate(Buffer.from(users[0].user["client-certificate-data"], "base64"));
    expect(certificate.subject).toBe("O=system:masters\nCN=kluster-break-glass");
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    const lifetime = new Date(certificate.validTo).getTime() - Date.now();
    expect(lifetime).toBeGreaterThan(0);
    expect(lifetime).toBeLessThanOrEqual(3_600_000);
    expect(existsSync(standard())).toBe(false);
  });

  test("remove needs no outputs, and makes no file", () => {
    writeFileSync(join(folder, "outputs.json"), "{}");
    expect(command(["remove", "--stack", "dev"]).stderr).toContain("nothing to change");
    expect(existsSync(standard())).toBe(false);
  });

  test("a file that kubectl holds is left as it is, and the lock is named", () => {
    mkdirSync(join(folder, ".kube"));
    writeFileSync(standard(), OTHERS);
    writeFileSync(`${standard()}.lock`, "");
    const { status, stderr } = command(["merge"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/was left as it is: another program holds it: .*config\.lock/);
    expect(readFileSync(standard(), "utf8")).toBe(OTHERS);
    expect(existsSync(`${standard()}.lock`)).toBe(true);
  });

  test.each([
    ["there is no stack", "echo 'error: no stack selected' >&2; exit 255", /no stack selected/],
    [
      "the cluster is not there yet",
      'case "$2" in output) echo "{}" ;; *) echo dev ;; esac',
      /no output kubeconfig.*pulumi up/,
    ],
  ])("merge says so where %s", (_, script, message) => {
    pulumi(script);
    const { status, stderr } = command(["merge"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(existsSync(standard())).toBe(false);
  });

  test.each([[[]], [["destroy"]], [["merge", "--stack"]], [["merge", "remove"]]])("%j is misuse", (args) => {
    const { status, stderr } = command(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^usage: npm run kubeconfig/);
  });
});
