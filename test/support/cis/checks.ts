/**
 * Checks of the CIS Kubernetes Benchmark 1.10, by its numbers: what they ask, as kube-bench asks it (cfg/cis-1.10 of
 * https://github.com/aquasecurity/kube-bench), of flags, files and objects of a cluster.
 */

/** A command line's `--name=value`; the values of one that is given several times are one list. */
export type Flags = Record<string, string>;

/** What the components of a machine are started with. Undefined: the machine has no such component. */
export interface Settings {
  apiServer?: Flags;
  /** What the files of the API server's flags say. */
  audit?: { rules: AuditRule[] };
  anonymous?: { enabled: boolean; conditions?: { path: string }[] };
  admission?: { plugins: { name: string; configuration: { defaults?: Record<string, string> } }[] };
  controllerManager?: Flags;
  scheduler?: Flags;
  /** Its environment, without the ETCD_. */
  etcd?: Record<string, string>;
  kubelet: Flags;
  kubeletConfig: Record<string, any>;
  proxy: Flags;
}

interface AuditRule {
  level: string;
  userGroups?: string[];
  verbs?: string[];
  resources?: { group: string; resources?: string[] }[];
}

export function parseFlags(commandLine: string): Flags {
  const flags: Flags = {};
  for (const [, name, value = "true"] of commandLine.matchAll(/(?:^|\s)--([a-z0-9-]+)(?:=(\S*))?/g))
    flags[name] = name in flags ? `${flags[name]},${value}` : value;
  return flags;
}

const list = (value = "") => value.split(",").filter(Boolean);
const isOn = (value?: string) => value === "true" || value === "1"; // etcd takes both, as all of Go's flags do
const isSet = (...values: unknown[]) => values.every((value) => value !== undefined && value !== "");
const isLocal = (address?: string) => address === undefined || address === "127.0.0.1";

/** Forward secrecy, and authenticated encryption; those of TLS 1.3 are so in any case. */
const STRONG =
  /^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305(_SHA256)?)$/;
const areStrong = (ciphers: string[] = []) => ciphers.length > 0 && ciphers.every((one) => STRONG.test(one));

/** Whether a policy writes down what somebody who is no node does by this verb. */
function writesDown({ rules }: { rules: AuditRule[] }, verb: string, resource: string): boolean {
  const rule = rules.find(
    ({ userGroups, verbs = [verb], resources }) =>
      !userGroups &&
      verbs.includes(verb) &&
      (!resources ||
        resources.some((one) => one.group === "" && (one.resources ?? [resource]).includes(resource))),
  );
  return rule !== undefined && rule.level !== "None";
}

const apiServer = (good: (flags: Flags) => boolean) => (on: Settings) => !on.apiServer || good(on.apiServer);
const controllerManager = (good: (flags: Flags) => boolean) => (on: Settings) =>
  !on.controllerManager || good(on.controllerManager);
const scheduler = (good: (flags: Flags) => boolean) => (on: Settings) => !on.scheduler || good(on.scheduler);
const etcd = (good: (environment: Record<string, string>) => boolean) => (on: Settings) =>
  !on.etcd || good(on.etcd);
const kubelet = (good: (config: Record<string, any>) => boolean) => (on: Settings) => good(on.kubeletConfig);

/** Whether what a machine's components are started with is as the check asks. */
export const SETTINGS: Record<string, (on: Settings) => boolean> = {
  "1.2.1": apiServer((flags) => flags["anonymous-auth"] === "false"),
  "1.2.2": apiServer((flags) => !isSet(flags["token-auth-file"])),
  "1.2.3": apiServer((flags) => list(flags["enable-admission-plugins"]).includes("DenyServiceExternalIPs")),
  "1.2.4": apiServer((flags) => isSet(flags["kubelet-client-certificate"], flags["kubelet-client-key"])),
  "1.2.5": apiServer((flags) => isSet(flags["kubelet-certificate-authority"])),
  "1.2.6": apiServer((flags) => !list(flags["authorization-mode"]).includes("AlwaysAllow")),
  "1.2.7": apiServer((flags) => list(flags["authorization-mode"]).includes("Node")),
  "1.2.8": apiServer((flags) => list(flags["authorization-mode"]).includes("RBAC")),
  "1.2.9": apiServer((flags) => list(flags["enable-admission-plugins"]).includes("EventRateLimit")),
  "1.2.10": apiServer((flags) => !list(flags["enable-admission-plugins"]).includes("AlwaysAdmit")),
  "1.2.11": apiServer((flags) => list(flags["enable-admission-plugins"]).includes("AlwaysPullImages")),
  "1.2.12": apiServer((flags) => !list(flags["disable-admission-plugins"]).includes("ServiceAccount")),
  "1.2.13": apiServer((flags) => !list(flags["disable-admission-plugins"]).includes("NamespaceLifecycle")),
  "1.2.14": apiServer((flags) => list(flags["enable-admission-plugins"]).includes("NodeRestriction")),
  "1.2.15": apiServer((flags) => flags.profiling === "false"),
  "1.2.16": apiServer((flags) => isSet(flags["audit-log-path"])),
  "1.2.17": apiServer((flags) => Number(flags["audit-log-maxage"]) >= 30),
  "1.2.18": apiServer((flags) => Number(flags["audit-log-maxbackup"]) >= 10),
  "1.2.19": apiServer((flags) => Number(flags["audit-log-maxsize"]) >= 100),
  "1.2.20": apiServer((flags) => !isSet(flags["request-timeout"])), // a minute
  "1.2.21": apiServer((flags) => (flags["service-account-lookup"] ?? "true") === "true"),
  "1.2.22": apiServer((flags) => isSet(flags["service-account-key-file"])),
  "1.2.23": apiServer((flags) => isSet(flags["etcd-certfile"], flags["etcd-keyfile"])),
  "1.2.24": apiServer((flags) => isSet(flags["tls-cert-file"], flags["tls-private-key-file"])),
  "1.2.25": apiServer((flags) => isSet(flags["client-ca-file"])),
  "1.2.26": apiServer((flags) => isSet(flags["etcd-cafile"])),
  "1.2.27": apiServer((flags) => isSet(flags["encryption-provider-config"])),
  "1.2.29": apiServer((flags) => areStrong(list(flags["tls-cipher-suites"]))),

  "1.3.1": controllerManager((flags) => Number(flags["terminated-pod-gc-threshold"]) > 0),
  "1.3.2": controllerManager((flags) => flags.profiling === "false"),
  "1.3.3": controllerManager((flags) => isOn(flags["use-service-account-credentials"])),
  "1.3.4": controllerManager((flags) => isSet(flags["service-account-private-key-file"])),
  "1.3.5": controllerManager((flags) => isSet(flags["root-ca-file"])),
  "1.3.6": controllerManager((flags) => !/RotateKubeletServerCertificate=false/.test(flags["feature-gates"])),
  "1.3.7": controllerManager((flags) => isLocal(flags["bind-address"])),
  "1.4.1": scheduler((flags) => flags.profiling === "false"),
  "1.4.2": scheduler((flags) => isLocal(flags["bind-address"])),

  "2.1": etcd(({ CERT_FILE, KEY_FILE }) => isSet(CERT_FILE, KEY_FILE)),
  "2.2": etcd(({ CLIENT_CERT_AUTH }) => isOn(CLIENT_CERT_AUTH)),
  "2.3": etcd(({ AUTO_TLS }) => !isOn(AUTO_TLS)),
  "2.4": etcd(({ PEER_CERT_FILE, PEER_KEY_FILE }) => isSet(PEER_CERT_FILE, PEER_KEY_FILE)),
  "2.5": etcd(({ PEER_CLIENT_CERT_AUTH }) => isOn(PEER_CLIENT_CERT_AUTH)),
  "2.6": etcd(({ PEER_AUTO_TLS }) => !isOn(PEER_AUTO_TLS)),
  "2.7": (on) =>
    !on.etcd || ![undefined, "", on.apiServer!["client-ca-file"]].includes(on.etcd.TRUSTED_CA_FILE),

  "3.1.3": apiServer((flags) => !isOn(flags["enable-bootstrap-token-auth"])),
  "3.2.1": apiServer((flags) => isSet(flags["audit-policy-file"])),
  "3.2.2": ({ audit }) =>
    !audit ||
    ([
      // who reads Secrets; who changes what runs; who gets into what runs, which clients ask for by GET, too
      ...["get", "list", "watch", "create"].map((verb) => [verb, "secrets"]),
      ...["create", "update", "patch", "delete"].map((verb) => [verb, "pods"]),
      ...["exec", "attach", "portforward", "proxy"].flatMap((part) => [
        ["create", `pods/${part}`],
        ["get", `pods/${part}`],
      ]),
      ...["services/proxy", "nodes/proxy"].map((resource) => ["get", resource]),
    ].every(([verb, resource]) => writesDown(audit, verb, resource)) &&
      audit.rules.every(({ level }) => level === "None" || level === "Metadata")), // never contents

  "4.2.1": kubelet(({ authentication }) => !authentication.anonymous?.enabled), // off where a file says nothing
  "4.2.2": kubelet(({ authorization }) => authorization.mode === "Webhook"),
  "4.2.3": kubelet(({ authentication }) => isSet(authentication.x509.clientCAFile)),
  "4.2.4": kubelet(({ readOnlyPort = 0 }) => readOnlyPort === 0),
  "4.2.5": kubelet(({ streamingConnectionIdleTimeout = "4h" }) => !/^0/.test(streamingConnectionIdleTimeout)),
  "4.2.6": kubelet(({ makeIPTablesUtilChains = true }) => makeIPTablesUtilChains),
  "4.2.7": (on) => !isSet(on.kubelet["hostname-override"]),
  "4.2.8": kubelet(({ eventRecordQPS = 50 }) => eventRecordQPS >= 0),
  "4.2.9": kubelet(({ tlsCertFile, tlsPrivateKeyFile }) => isSet(tlsCertFile, tlsPrivateKeyFile)),
  "4.2.10": kubelet(({ rotateCertificates }) => rotateCertificates === true),
  "4.2.11": kubelet(({ serverTLSBootstrap }) => serverTLSBootstrap === true),
  "4.2.12": kubelet(({ tlsCipherSuites }) => areStrong(tlsCipherSuites)),
  "4.2.13": kubelet(({ podPidsLimit }) => podPidsLimit > 0),
  "4.3.1": (on) => /^$|^127\.0\.0\.1/.test(on.proxy["metrics-bind-address"] ?? ""),

  // What pods may ask for: that of the level "baseline", and what goes beyond it.
  "5.2.1": ({ admission }) => !admission || isSet(level(admission)),
  ...Object.fromEntries(
    ["2", "3", "4", "5", "9", "11", "12", "13"].map((n) => [
      `5.2.${n}`,
      ({ admission }: Settings) => !admission || ["baseline", "restricted"].includes(level(admission)!),
    ]),
  ),
  ...Object.fromEntries(
    ["6", "7", "8", "10"].map((n) => [
      `5.2.${n}`,
      ({ admission }: Settings) => !admission || level(admission) === "restricted",
    ]),
  ),
  "5.7.2": kubelet(({ seccompDefault }) => seccompDefault === true),
};

const level = ({ plugins }: NonNullable<Settings["admission"]>) =>
  plugins.find(({ name }) => name === "PodSecurity")?.configuration.defaults?.enforce;

/** A file or folder of a machine, and what the check asks of it. */
export interface FileCheck {
  /** Words of shell that name the files; none: there is nothing to ask. */
  files: string;
  /** Permissions that it may have at most. */
  most?: number;
  owner?: string;
  masterOnly?: boolean;
}

const unit = (name: string) => `$(systemctl show --property=FragmentPath --value ${name})`;
/** The file that a flag of a running unit names. */
const named = (name: string, flag: string) =>
  `$(tr '\\0' '\\n' </proc/$(systemctl show --property=MainPID --value ${name})/cmdline | sed -n 's/^--${flag}=//p')`;
const both = (
  number: number,
  files: string,
  more: Partial<FileCheck> = {},
  group = "1.1",
): [string, FileCheck][] => [
  [`${group}.${number}`, { files, most: 0o600, ...more }],
  [`${group}.${number + 1}`, { files, owner: "root:root", ...more }],
];
const master = { masterOnly: true };
const pki = "/var/lib/kluster/kubernetes";

/** What the benchmark asks of files; NixOS's units stand for what kubeadm has as pods. */
export const FILES: Record<string, FileCheck> = Object.fromEntries([
  ...both(1, unit("kube-apiserver"), master),
  ...both(3, unit("kube-controller-manager"), master),
  ...both(5, unit("kube-scheduler"), master),
  ...both(7, unit("etcd"), master),
  ...both(9, "/etc/cni/net.d/* $(find /var/lib/cni/networks -type f ! -name lock)", master),
  ["1.1.11", { files: "/var/lib/etcd", most: 0o700, ...master }],
  ["1.1.12", { files: "/var/lib/etcd", owner: "etcd:etcd", ...master }],
  ...both(13, "$(ls -d /etc/kubernetes/*admin* 2>/dev/null)", master),
  ...both(15, named("kube-scheduler", "kubeconfig"), master),
  ...both(17, named("kube-controller-manager", "kubeconfig"), master),
  ["1.1.19", { files: `${pki} $(find ${pki} -type f)`, owner: "root:root", ...master }],
  ["1.1.20", { files: `$(find ${pki} -name '*.pem' ! -name '*-key.pem')`, most: 0o600, ...master }],
  ["1.1.21", { files: `$(find ${pki} -name '*-key.pem' -o -name '*.json')`, most: 0o600, ...master }],
  ...both(1, unit("kubelet"), {}, "4.1"),
  ...both(3, named("kube-proxy", "kubeconfig"), {}, "4.1"),
  ...both(5, named("kubelet", "kubeconfig"), {}, "4.1"),
  ...both(7, `${pki}/ca.pem`, {}, "4.1"),
  ...both(9, named("kubelet", "config"), {}, "4.1"),
]);

/** Shell that says for each check of files "1.1.1 444 root:root /path", a line a file. */
export const lookAtFiles = (isMaster: boolean): string =>
  Object.entries(FILES)
    .filter(([, { masterOnly }]) => isMaster || !masterOnly)
    .map(([id, { files }]) => `for file in ${files}; do stat -L -c "${id} %a %U:%G %n" "$file"; done`)
    .join("\n");

/** The checks of files that are not as asked, of what lookAtFiles has said; and those that nothing was said of. */
export function failingFiles(said: string, isMaster: boolean): { failing: string[]; silent: string[] } {
  const lines = said
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" "));
  const failing = lines.filter(([id, mode, owner]) => {
    const check = FILES[id];
    return (
      (check.most !== undefined && (parseInt(mode, 8) & ~check.most) !== 0) ||
      (check.owner !== undefined && owner !== check.owner)
    );
  });
  const asked = Object.keys(FILES).filter((id) => isMaster || !FILES[id].masterOnly);
  return {
    failing: [...new Set(failing.map(([id]) => id))],
    silent: asked.filter((id) => !lines.some(([seen]) => seen === id)),
  };
}

/** What is asked of a running cluster, in the chapters of the lab. */
export const OBJECTS: Record<string, string> = {
  "1.2.28": "what encrypts Secrets is secretbox",
  "3.1.2": "administrators have no service account's token",
  "5.1.1": "cluster-admin is bound to the administrators' group alone",
  "5.1.2": "whoever is somebody reads no Secret",
  "5.1.3": "no role is of everything but Kubernetes' own",
  "5.1.4": "whoever is somebody makes no pod",
  "5.1.7": "nobody is in system:masters",
};

/** What no flag, file or object shows: it is decided by whoever uses the cluster, or by how it is built. */
export const DECISIONS: readonly string[] = [
  ...["3.1.1", "5.1.5", "5.1.6", "5.1.8", "5.1.9", "5.1.10", "5.1.11", "5.1.12", "5.1.13"],
  ...["5.3.1", "5.3.2", "5.4.1", "5.4.2", "5.5.1", "5.7.1", "5.7.3", "5.7.4"],
];
