import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

/** A resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  /** As the state would keep them: what is ignored is what it was. */
  inputs: Record<string, any>;
  /** Says more than type and name: the types of its parents. */
  urn: string;
  /** Names that it had before. */
  formerly: string[];
  /** Properties that the engine is asked to keep secret. */
  secretOutputs: string[];
}

/** Outputs of each type of resource, from its inputs. A type that is not here fails the test. */
type Fakes = Record<string, (inputs: Record<string, any>, name: string) => Record<string, unknown>>;

/** Hetzner counts its objects. */
const HCLOUD_ID = "4711";

/** A real one, as its id is made from what is in it. */
const SERVICE_ACCOUNTS = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1ZdcwAkLb+3Ig09+GgwZzmSFYP4G
DgNyntmxl0IWJyUulQMF90cqXpXlZ1hiTJ9VIx7W53H+zWIjyQ2769mrnw==
-----END PUBLIC KEY-----
`;

const fakes: Fakes = {
  "kluster-provider:index:Attempt": (inputs, name) => ({ ...inputs, nonce: `attempt-at-${name}` }),
  "kluster-provider:index:Hosts": (inputs) => ({
    ...inputs,
    stays: Object.fromEntries(inputs.names.map((host: string) => [host, `stay-of-${host}`])),
  }),
  "kluster-provider:index:StackIdentity": () => ({ identity: "0123456789abcdef" }),
  "kluster-provider:ssh:KeyPair": (inputs, name) => ({
    ...inputs,
    publicKey: `ssh-ed25519 AAAA${name} ${inputs.comment}`,
    privateKey: secret(`PRIVATE-KEY-OF-${name}`),
  }),
  "kluster-provider:pki:CertificateAuthority": (inputs) => ({
    ...inputs,
    certificate: pem("CERTIFICATE", "ca"),
    privateKey: secret(pem("PRIVATE KEY", "ca")),
  }),
  "kluster-provider:pki:ClientCertificate": (inputs) => ({
    ...inputs,
    certificate: pem("CERTIFICATE", "client"),
    privateKey: secret(pem("PRIVATE KEY", "client")),
  }),
  "kluster-provider:pki:ServiceAccountKey": () => ({
    publicKey: SERVICE_ACCOUNTS,
    privateKey: secret(pem("PRIVATE KEY", "service accounts")),
  }),
  "kluster-provider:pki:Certificates": (inputs) => ({
    ...inputs,
    issued: secret(
      Object.fromEntries(
        Object.keys(inputs.requests).map((name) => [
          name,
          { certificate: pem("CERTIFICATE", name), privateKey: pem("PRIVATE KEY", name) },
        ]),
      ),
    ),
  }),
  "kluster-provider:kubernetes:EncryptionKey": () => ({ key: secret("PRIVATE-ENCRYPTION-KEY") }),
  "kluster-provider:etcd:SnapshotKey": (inputs) => ({
    ...inputs,
    recipient: "age1example",
    identity: secret("PRIVATE-SNAPSHOT-KEY"),
  }),
  "kluster-provider:etcd:Snapshot": (inputs) => inputs,
  "kluster-provider:kubernetes:AccessRules": (inputs) => inputs,
  "kluster-provider:kubernetes:TrustInPods": (inputs) => inputs,
  "kluster-provider:kubernetes:RemovedApis": (inputs) => inputs,
  "kluster-provider:kubernetes:LabelsAndTaints": (inputs) => inputs,
  "kluster-provider:ssh:LoginKeys": (inputs) => inputs,
  "kluster-provider:nixos:Trust": (inputs) => inputs,
  "kluster-provider:virtualbox:HostOnlyNetwork": (inputs) => ({ ...inputs, adapter: "vboxnet7" }),
  "kluster-provider:virtualbox:Machine": (inputs, name) => ({ ...inputs, instance: `instance-of-${name}` }),
  "kluster-provider:nixos:Evaluation": (inputs) => ({
    ...inputs,
    systems: Object.fromEntries(
      Object.keys(inputs.machines).map((host) => [
        host,
        {
          drvPath: `/nix/store/${host}.drv`,
          storePath: `/nix/store/${host}`,
          certificates: { kubelet: {} },
          bootstrapObjects: [{ kind: "ClusterRole" }],
          // Only this machine asks for one of the user's own.
          secrets: [
            { secret: "key:kubelet" },
            ...(host === "ee" ? [{ secret: "kluster:secrets.wifi" }] : []),
          ],
        },
      ]),
    ),
  }),
  "kluster-provider:nixos:Installation": (inputs) => inputs,
  "kluster-provider:nixos:System": (inputs) => inputs,
  "kluster-provider:nixos:Takeover": (inputs, name) => ({
    ...inputs,
    publicMac: `96:00:00:00:00:${name.length}0`,
    disk: "/dev/disk/by-path/pci-0000:06:00.0-scsi-0:0:0:0",
  }),
  "kluster-provider:wireguard:KeyPair": (_inputs, name) => ({
    publicKey: `WIREGUARD-KEY-OF-${name}`,
    privateKey: secret(`PRIVATE-KEY-OF-${name}`),
  }),
  "kluster-provider:hetzner:Cleanup": (inputs) => inputs,
  "kluster-provider:hetzner:ServerChoice": (inputs) => ({
    ...inputs,
    serverType: inputs.serverTypes[0],
    order: 1,
    location: inputs.locations[0],
    monthlyCost: { server: "5.49", ipv4: inputs.ipv4 ? "0.50" : "0.00", total: "5.99", currency: "EUR" },
  }),
  "kluster-provider:hetzner:ServerPower": (inputs) => inputs,
  "hcloud:index/sshKey:SshKey": (inputs) => inputs,
  "hcloud:index/network:Network": (inputs) => inputs,
  "hcloud:index/networkSubnet:NetworkSubnet": (inputs) => inputs,
  "hcloud:index/firewall:Firewall": (inputs) => inputs,
  "hcloud:index/placementGroup:PlacementGroup": (inputs) => inputs,
  "hcloud:index/primaryIp:PrimaryIp": (inputs, name) => ({
    ...inputs,
    ipAddress: inputs.type === "ipv4" ? `198.51.100.${name.length}` : `2001:db8:${name.length}::`,
  }),
  "hcloud:index/server:Server": (inputs) => inputs,
  "hcloud:index/serverNetwork:ServerNetwork": (inputs, name) => ({
    ...inputs,
    macAddress: `86:00:00:00:00:${name.length}0`,
  }),
  "command:remote:Command": (inputs) => ({ ...inputs, stdout: "", stderr: "" }),
};

/**
 * Runs a program against typed fakes of all resources and returns what it registered, in order.
 * @param config of the stack, by full keys
 * @param preview outputs of resources are then unknown, as in the first preview of a stack
 * @param before what an earlier run has registered: inputs whose changes are ignored stay as they were there
 * @param others in the place of some fakes, in a preview, too
 */
export async function registered(
  program: () => unknown,
  preview = false,
  config: Record<string, string> = {},
  before: Registered[] = [],
  others: Fakes = {},
): Promise<Registered[]> {
  const found: Registered[] = [];
  const requests: RegisterResourceRequest[] = [];
  const unknownTypes: string[] = [];
  const { getMonitor, waitForRPCs } = require("@pulumi/pulumi/runtime/settings");
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs: wanted, custom }) {
        const request = requests.at(-1)!;
        const urn = getMonitor().newUrn(request.getParent(), type, name);
        const earlier = before.find((resource) => resource.urn === urn)?.inputs ?? {};
        const kept = request.getIgnorechangesList().filter((input) => input in earlier);
        const inputs = { ...wanted, ...Object.fromEntries(kept.map((input) => [input, earlier[input]])) };
        const formerly = request.getAliasesList().map((alias) => alias.getSpec()!.getName());
        const secretOutputs = request.getAdditionalsecretoutputsList();
        found.push({ type, name, inputs, urn, formerly, secretOutputs });
        if (custom === false || type.startsWith("kluster:")) return { id: "", state: {} };
        const fake = others[type] ?? fakes[type];
        // Thrown here it would end the whole test process.
        if (!fake) unknownTypes.push(type);
        return {
          id: preview ? undefined : type.startsWith("hcloud:") ? HCLOUD_ID : `${name}-id`,
          state: preview && !others[type] ? inputs : (fake?.(inputs, name) ?? {}),
        };
      },
      call: () => ({}),
    },
    "kluster",
    "dev",
    preview,
  );
  const monitor = getMonitor();
  const register = monitor.registerResource.bind(monitor);
  Object.assign(monitor, {
    // The mocks do not hand on all that is asked for.
    registerResource: (request: RegisterResourceRequest, ...rest: unknown[]) => {
      requests.push(request);
      return register(request, ...rest);
    },
    // Pulumi's mocks know nothing of hooks, which are the engine's to run: they are taken and forgotten.
    registerResourceHook: (_hook: unknown, done: (error: null) => void) => done(null),
    registerErrorHook: (_hook: unknown, done: (error: null) => void) => done(null),
  });
  pulumi.runtime.setAllConfig(config, Object.keys(config));
  program();
  await waitForRPCs();
  expect(unknownTypes).toEqual([]);
  return found;
}

/** The properties of one resource. */
export function inputsOf(found: Registered[], type: string, name: string): Record<string, any> {
  const match = found.find((resource) => resource.type === type && resource.name === name);
  if (!match)
    throw new Error(`no ${type} ${name} among ${found.map((r) => `${r.type} ${r.name}`).join(", ")}`);
  return match.inputs;
}

/** Whether a value is wrapped as a secret. */
export function isSecret(value: any): boolean {
  return value?.["4dabf18193072939515e22adb298388d"] === "1b47061264138c4ac30d75fd1eb44270";
}

function secret(value: unknown) {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

function pem(label: string, content: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(content).toString("base64")}\n-----END ${label}-----\n`;
}
