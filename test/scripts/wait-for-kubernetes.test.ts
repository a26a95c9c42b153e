import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";

jest.setTimeout(60_000);

/** What systemctl says of a unit. What is not named is a service that runs. */
interface Unit {
  is?: "active" | "activating" | "inactive" | "failed";
  load?: "loaded" | "not-found" | "masked";
  result?: string;
  requires?: string;
  /** Bash that prints when it was started last; the time is up as long as that changes. */
  started?: string;
}

let folder: string;
/** What the addon manager applies. */
let addons: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-wait-"));
  addons = join(folder, "addons");
  mkdirSync(addons);
  writeFileSync(join(addons, "coredns-deploy.json"), "{}");
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });

/**
 * Waits for a part on a machine with these units; the API's answers are always good.
 * @param coredns Bash that says how many of the cluster's DNS there are, and how many are wanted
 */
function wait(part: string[], units: Record<string, Unit>, limit = 30, coredns = 'echo "2 2"') {
  const cases = Object.entries(units).map(
    ([name, { is = "active", load = "loaded", result = "success", requires = "", started = "echo 1" }]) =>
      `${name}) is=${is} load=${load} result=${result} requires="${requires}" started=$(${started}) ;;`,
  );
  program(
    "systemctl",
    `unit=\${*: -1} is=active load=loaded result=success requires= started=1
     case \${unit%.service} in ${cases.join("\n")} wireguard-wg0) is=inactive load=not-found ;; esac
     case $* in
     is-active*) echo $is; [ $is = active ] ;;
     *LoadState*) echo $load ;;
     *ActiveState*) echo $is ;;
     *Result*) echo $result ;;
     *Requires*) echo $requires ;;
     *InactiveExitTimestampMonotonic*) echo $started ;;
     *) echo "unexpected: systemctl $*" >&2; exit 9 ;;
     esac`,
  );
  program("journalctl", 'echo "last words of ${*: -1}"');
  program("kubectl", `case $* in *readyz*) echo ok ;; *coredns*) ${coredns} ;; *) echo "True fine" ;; esac`);
  const script = join(__dirname, "../../scripts/wait-for-kubernetes.sh");
  const { status, stdout, stderr } = spawnSync("bash", [script, String(limit), ...part], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, KLUSTER_ADDONS: addons },
  });
  return { status, stdout, stderr };
}

const api = ["api"];
const node = ["node", "ee", "https://il:6443"];

test.each([
  ["the API", api, "the Kubernetes API is ready\n"],
  ["a node", node, "node ee is ready\n"],
  ["names", ["dns"], "the cluster's DNS is ready\n"],
])("where all is well, %s is ready at once", (_, part, stdout) => {
  expect(wait(part, {})).toEqual({ status: 0, stdout, stderr: "" });
});

test.each<[string, string[], Record<string, Unit>, RegExp]>([
  [
    "a unit that it lives on, over which systemd has given up",
    node,
    { containerd: { is: "failed", result: "start-limit-hit" }, kubelet: { is: "inactive" } },
    /containerd\.service has failed \(start-limit-hit\)/,
  ],
  [
    "one whose failure nothing else shows",
    api,
    { etcd: { is: "failed", result: "exit-code" } },
    /etcd\.service has failed \(exit-code\)/,
  ],
  [
    "the network between the machines",
    node,
    { kubelet: { is: "activating" }, "wireguard-wg0": { is: "failed", result: "exit-code" } },
    /wireguard-wg0\.service has failed/,
  ],
  [
    "what a unit that cannot start requires",
    api,
    { etcd: { is: "inactive", requires: "secrets.service" }, secrets: { is: "failed", result: "timeout" } },
    /secrets\.service has failed \(timeout\)/,
  ],
])("a failure is named long before the time is up: %s", (_, part, units, words) => {
  const { status, stderr } = wait(part, units);
  expect(status).toBe(1);
  expect(stderr).toMatch(words);
  expect(stderr).toMatch(/and systemd does not start it again/);
  expect(stderr).toMatch(/last words of/);
  expect(stderr).not.toMatch(/was not ready within/);
});

test.each<[string, Record<string, Unit>]>([
  ["starts again and again", { kubelet: { is: "activating", result: "exit-code" } }],
  ["fails, and is started anew by another one", { kubelet: { is: "failed", started: "date +%N" } }],
  ["waits for another one", { kubelet: { is: "inactive" } }],
])("a unit that %s is given the time that there is", (_, units) => {
  const { status, stderr } = wait(node, units, 8);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^node ee was not ready within 8 s: kubelet\.service is /);
});

test("a failed unit that nothing waits for is no hindrance", () => {
  expect(wait(node, { "wireguard-wg0": { is: "failed" } }).status).toBe(0);
});

describe("a part that a user's module turns off", () => {
  const off = { is: "inactive" as const, load: "not-found" as const };

  test.each<[string, Record<string, Unit>]>([
    ["flannel, for another network of pods", { flannel: off }],
    ["kube-proxy, for what takes its place", { "kube-proxy": off }],
    [
      "both, as masked units",
      { flannel: { ...off, load: "masked" }, "kube-proxy": { ...off, load: "masked" } },
    ],
  ])("is not waited for: %s", (_, units) => {
    expect(wait(node, units)).toEqual({ status: 0, stdout: "node ee is ready\n", stderr: "" });
  });

  test.each(["containerd", "kubelet"])("is not %s, without which there is no node", (unit) => {
    expect(wait(node, { [unit]: off }, 1)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${unit}.service is inactive`),
    });
  });

  test.each<[string, Record<string, Unit>, () => void]>([
    [
      "the addon manager, which brings it",
      { "kube-addon-manager": off },
      () => rmSync(addons, { recursive: true }),
    ],
    ["the DNS alone", {}, () => rmSync(join(addons, "coredns-deploy.json"))],
  ])("leaves the cluster's DNS to the user: %s", (_, units, turnOff) => {
    turnOff();
    const none = 'echo "Error from server (NotFound): deployments.apps coredns not found" >&2; exit 1';
    expect(wait(["dns"], units, 30, none)).toEqual({
      status: 0,
      stdout: "the cluster's DNS is not waited for: the master's system brings none\n",
      stderr: "",
    });
  });

  test("is not the cluster's DNS that is still to come: it is waited for", () => {
    const { status, stderr } = wait(["dns"], {}, 1, 'echo "0 2"');
    expect(status).toBe(1);
    expect(stderr).toContain("deployment coredns (available, wanted): 0 2");
  });
});
