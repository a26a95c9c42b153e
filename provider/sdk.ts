import * as pulumi from "@pulumi/pulumi";
import { MonthlyCost } from "./hetzner/money";
import { AuthorityName, CertificateRequest, Identity } from "./pki";
import { EvaluatedSystem, SecretFile } from "./nixos/system";
import { type S3Target } from "./s3/exchange";

/*
 * The provider's resources as the program sees them; provider/resources/ has what they do. Secret outputs are
 * named here as well as in the provider: the engine then keeps them secret whatever else happens to the state.
 */

/** Writes into the state that a resource is going to be changed, before it is; see provider/resources/attempt.ts. */
class Attempt extends pulumi.CustomResource {
  declare readonly nonce: pulumi.Output<string>;

  constructor(name: string, target: { type: string; inputs: pulumi.Inputs }, opts?: pulumi.ResourceOptions) {
    // A host's name has no dot in it.
    const place = `${name}.${target.type.split(":").pop()}`;
    super(
      "kluster-provider:index:Attempt",
      place,
      { nonce: undefined, target: pulumi.secret(target) },
      { parent: opts?.parent, additionalSecretOutputs: ["target"] },
    );
  }
}

/** A resource whose changes are in the state before they begin, and until they are proved. */
class Attempted extends pulumi.CustomResource {
  /** Another one for each change of the resource. */
  declare readonly attempt: pulumi.Output<string>;

  /** @param reasons for another attempt that are no inputs */
  constructor(
    type: string,
    name: string,
    inputs: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions,
    reasons: pulumi.Inputs = {},
  ) {
    const target = { type, inputs: { ...inputs, ...reasons } };
    super(type, name, { ...inputs, attempt: new Attempt(name, target, opts).nonce }, opts);
  }
}

/** What stays the same for a stack's whole life: a random id, and which host is the master. */
export class StackIdentity extends pulumi.CustomResource {
  declare readonly identity: pulumi.Output<string>;

  constructor(name: string, args: { master: string }, opts?: pulumi.CustomResourceOptions) {
    super("kluster-provider:index:StackIdentity", name, { identity: undefined, ...args }, opts);
  }
}

/** The hosts of the inventory, and which stay in it is a host's present one: another if it had left and came back. */
export class Hosts extends pulumi.CustomResource {
  declare readonly stays: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: { names: string[] }, opts?: pulumi.CustomResourceOptions) {
    super("kluster-provider:index:Hosts", name, { stays: undefined, ...args }, opts);
  }

  /** Not known yet in the preview in which the host comes. */
  stay(host: string): pulumi.Output<string> {
    return this.stays.apply((stays) => stays?.[host] ?? "");
  }
}

/** Another word makes another key; see provider/resources/generation.ts. */
interface GenerationArgs {
  generation?: string;
}

/** An Ed25519 key pair in OpenSSH's formats. */
export class KeyPair extends pulumi.CustomResource {
  declare readonly comment: pulumi.Output<string>;
  declare readonly publicKey: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;
  /** Secret. */
  declare private readonly earlier: pulumi.Output<{ publicKey: string; privateKey: string }[] | undefined>;

  constructor(
    name: string,
    args: { comment: pulumi.Input<string> } & GenerationArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const outputs = { publicKey: undefined, privateKey: undefined, earlier: undefined };
    super(
      "kluster-provider:ssh:KeyPair",
      name,
      { ...outputs, ...args },
      secretOutputs(opts, "privateKey", "earlier"),
    );
  }

  /** Those that it has followed, the latest first; a machine may still have one of them. */
  get followed(): pulumi.Output<{ publicKey: string; privateKey: string }[]> {
    return this.earlier.apply((earlier = []) => earlier);
  }
}

/** A certificate authority of a cluster, in PEM. */
export class CertificateAuthority extends pulumi.CustomResource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;
  declare private readonly earlier: pulumi.Output<string[] | undefined>;

  constructor(
    name: string,
    args: { commonName: pulumi.Input<string> } & GenerationArgs,
    opts?: pulumi.CustomResourceOptions,
  ) {
    const outputs = { certificate: undefined, privateKey: undefined, earlier: undefined };
    super(
      "kluster-provider:pki:CertificateAuthority",
      name,
      { ...outputs, ...args },
      secretOutputs(opts, "privateKey"),
    );
  }

  /** Its certificate and those of the ones that it has followed: whom to trust while some machines show what they signed. */
  get withEarlier(): pulumi.Output<string> {
    return pulumi
      .all([this.certificate, this.earlier])
      .apply(([one, earlier = []]) => [one, ...earlier].join(""));
  }
}

export interface ClientCertificateArgs extends GenerationArgs {
  caCertificate: pulumi.Input<string>;
  caPrivateKey: pulumi.Input<string>;
  /** Kubernetes takes it for the user's name. */
  commonName: string;
  /** Kubernetes takes it for the user's group. */
  organization: string;
  validDays: number;
}

/** A certificate that lets its holder into the cluster; renewed as a visible change before it expires. */
export class ClientCertificate extends pulumi.CustomResource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;
  declare private readonly organization: pulumi.Output<string>;
  declare private readonly group: pulumi.Output<string | undefined>;

  constructor(name: string, args: ClientCertificateArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { certificate: undefined, privateKey: undefined, group: undefined };
    super(
      "kluster-provider:pki:ClientCertificate",
      name,
      { ...outputs, ...args, caPrivateKey: pulumi.secret(args.caPrivateKey) },
      secretOutputs(opts, "privateKey", "caPrivateKey"),
    );
  }
  /** Kubernetes' name for the group of those who hold it. */
  get holders(): pulumi.Output<string> {
    return pulumi
      .all([this.group, this.organization])
      .apply(([group, organization]) => group ?? organization);
  }
}

/** The key that signs the tokens of service accounts, in PEM. */
export class ServiceAccountKey extends pulumi.CustomResource {
  declare readonly publicKey: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;
  declare private readonly earlier: pulumi.Output<{ publicKey: string; until: string }[] | undefined>;

  constructor(name: string, args: GenerationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { publicKey: undefined, privateKey: undefined, earlier: undefined };
    super(
      "kluster-provider:pki:ServiceAccountKey",
      name,
      { ...outputs, ...args },
      secretOutputs(opts, "privateKey"),
    );
  }

  /** Whose tokens are good: its public half, and those of the ones that it has followed not long ago. */
  get withEarlier(): pulumi.Output<string> {
    return pulumi
      .all([this.publicKey, this.earlier])
      .apply(([one, earlier = []]) => [one, ...earlier.map(({ publicKey }) => publicKey)].join(""));
  }
}

/** The key that Secrets are encrypted with in etcd: 32 bytes in base64. */
export class EncryptionKey extends pulumi.CustomResource {
  declare readonly key: pulumi.Output<string>;
  /** Secret. */
  declare private readonly earlier: pulumi.Output<string[] | undefined>;

  constructor(name: string, args: GenerationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { key: undefined, earlier: undefined };
    super(
      "kluster-provider:kubernetes:EncryptionKey",
      name,
      { ...outputs, ...args },
      secretOutputs(opts, "key", "earlier"),
    );
  }

  /** It and those that it has followed: what Secrets may be encrypted with until all are written anew. Secret. */
  get withEarlier(): pulumi.Output<string[]> {
    return pulumi.all([this.key, this.earlier]).apply(([key, earlier = []]) => [key, ...earlier]);
  }
}

/** What opens the stack's snapshots of etcd. */
export class SnapshotKey extends pulumi.CustomResource {
  /** Such as age1…: what they are encrypted for. */
  declare readonly recipient: pulumi.Output<string>;
  /** Secret: AGE-SECRET-KEY-1… */
  declare readonly identity: pulumi.Output<string>;

  constructor(
    name: string,
    args: { beforeReplacement: "required" | "tried" },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      "kluster-provider:etcd:SnapshotKey",
      name,
      { recipient: undefined, identity: undefined, ...args },
      secretOutputs(opts, "identity"),
    );
  }
}

export interface CertificatesArgs {
  machine: string;
  isMaster: boolean;
  /** By their names in services.kubernetes.pki.certs. */
  requests: pulumi.Input<Record<string, CertificateRequest>>;
  /** Those that sign for this machine. */
  authorities: Partial<Record<AuthorityName, CertificateAuthority>>;
  /** Whole days for which a new certificate is good. */
  days: number;
}

/** All certificates of a machine; each is renewed as a visible change in the last third of its life. */
export class Certificates extends pulumi.CustomResource {
  /** Certificates and keys in PEM, by their names. Secret. */
  declare readonly issued: pulumi.Output<Record<string, Identity>>;
  /** The last day of each. */
  declare readonly expire: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:pki:Certificates",
      name,
      {
        ...{ issued: undefined, expire: undefined },
        ...args,
        authorities: pulumi.secret(
          Object.fromEntries(
            Object.entries(args.authorities).map(([name, { certificate, privateKey }]) => [
              name,
              { certificate, privateKey },
            ]),
          ),
        ),
      },
      secretOutputs(opts, "issued", "authorities"),
    );
  }
}

/** The master, and the authority that makes somebody for an act who may do everything. */
interface AdministratorArgs {
  /** The master. */
  machine: string;
  /** Of the API, as the master calls it. */
  server: string;
  address: pulumi.Input<string>;
  hostKey: pulumi.Input<string>;
  privateKey: pulumi.Input<string>;
  authority: CertificateAuthority;
}

function administratorInputs<Args extends AdministratorArgs>(args: Args): pulumi.Inputs {
  const { certificate, privateKey, withEarlier } = args.authority;
  return {
    ...args,
    privateKey: pulumi.secret(args.privateKey),
    authority: pulumi.secret({ certificate, privateKey }),
    trusted: withEarlier,
  };
}

export interface AccessRulesArgs extends AdministratorArgs {
  /** "This very machine": in another's etcd there is nothing yet. */
  identity: pulumi.Input<string>;
  objects: pulumi.Input<object[]>;
  /** Says which key Secrets are encrypted with: with another one all of them are written anew. */
  encryptionKey: pulumi.Input<string>;
  /** Says which key the tokens of service accounts are signed with: with another one those in Secrets are named. */
  tokenKey: pulumi.Input<string>;
}

/** Who may do what in the cluster, applied by somebody who may do everything and is made for that alone. */
export class AccessRules extends Attempted {
  constructor(name: string, args: AccessRulesArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:kubernetes:AccessRules",
      name,
      administratorInputs(args),
      secretOutputs(opts, "privateKey", "authority"),
    );
  }
}

/** Whom pods trust to be the API, before it shows another certificate. */
export class TrustInPods extends pulumi.CustomResource {
  constructor(name: string, args: AdministratorArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:kubernetes:TrustInPods",
      name,
      administratorInputs(args),
      secretOutputs(opts, "privateKey", "authority"),
    );
  }
}

/** That nobody asks for what the next Kubernetes no longer has, before any machine gets it. */
export class RemovedApis extends pulumi.CustomResource {
  /** @param args with the store path of the master's system */
  constructor(
    name: string,
    args: AdministratorArgs & { storePath: pulumi.Input<string> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      "kluster-provider:kubernetes:RemovedApis",
      name,
      administratorInputs(args),
      secretOutputs(opts, "privateKey", "authority"),
    );
  }
}

/** The host-only network of this box that VirtualBox machines share; reused if it is there, else made. */
export class HostOnlyNetwork extends pulumi.CustomResource {
  /** Such as vboxnet0. */
  declare readonly adapter: pulumi.Output<string>;

  constructor(name: string, args: { cidr: string; address: string }, opts?: pulumi.CustomResourceOptions) {
    super("kluster-provider:virtualbox:HostOnlyNetwork", name, { adapter: undefined, ...args }, opts);
  }
}

export interface VirtualMachineArgs {
  /** Identity of the stack; the VM's group is named after it. */
  stackIdentity: pulumi.Input<string>;
  /** Part of the VM's name. */
  stack: pulumi.Input<string>;
  host: string;
  uuid: pulumi.Input<string>;
  /** MB */
  memory: number;
  cpus: number;
  /** MB */
  disk: number;
  macs: pulumi.Input<{ egress: pulumi.Input<string>; cluster: pulumi.Input<string> }>;
  network: pulumi.Input<{ kind: "hostonly" | "bridged"; interface: pulumi.Input<string> }>;
  address: string;
  prefixLength: number;
  installer: { url: string; sha256: string };
  authorizedKey: pulumi.Input<string>;
  hostKey: pulumi.Input<string>;
  hostPrivateKey: pulumi.Input<string>;
  privateKey: pulumi.Input<string>;
  /** See Hosts. */
  stay: pulumi.Input<string>;
  rollout: RolloutArgs;
}

/** A VirtualBox machine, created and booted into the installer, which answers SSH with the pinned host key. */
export class VirtualMachine extends Attempted {
  /** Changes whenever the machine is another one, even under the same UUID. */
  declare readonly instance: pulumi.Output<string>;

  constructor(name: string, { stay, ...args }: VirtualMachineArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:virtualbox:Machine",
      name,
      {
        instance: undefined,
        running: true,
        ...args,
        hostPrivateKey: pulumi.secret(args.hostPrivateKey),
        privateKey: pulumi.secret(args.privateKey),
      },
      // By an option too, since only that holds for `pulumi up --replace`: the new machine has the UUID of the old.
      pulumi.mergeOptions(secretOutputs(opts, "hostPrivateKey", "privateKey"), { deleteBeforeReplace: true }),
      { stay },
    );
  }
}

/** Which Hetzner project, at which API. */
export interface HetznerAccess {
  token: pulumi.Input<string>;
  /** Hetzner's own where left out. */
  endpoint?: pulumi.Input<string>;
}

export type { MonthlyCost, SecretFile };

export interface ServerChoiceArgs extends HetznerAccess {
  stackIdentity: pulumi.Input<string>;
  host: string;
  /** The server's, at Hetzner: one of the signs by which it is known, and refused where another server has it. */
  serverName: pulumi.Input<string>;
  /** In the private network; one that another host's server has is refused. */
  address: string;
  /** The one that is wanted most comes first; the same holds for the locations. */
  serverTypes: string[];
  locations: string[];
  /** Whether it has a public IPv4 address, which costs. */
  ipv4: boolean;
}

/** Which server type a host has at Hetzner, and where: the first that can be ordered, which then stays. */
export class ServerChoice extends pulumi.CustomResource {
  declare readonly serverType: pulumi.Output<string>;
  declare readonly location: pulumi.Output<string>;
  /** Net, as of the day of the decision. */
  declare readonly monthlyCost: pulumi.Output<MonthlyCost>;
  /** Grows when what was ordered did not come: the server is to be replaced then, even if the state has one. */
  declare readonly order: pulumi.Output<number>;

  constructor(name: string, args: ServerChoiceArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { serverType: undefined, location: undefined, monthlyCost: undefined, order: undefined };
    super(
      "kluster-provider:hetzner:ServerChoice",
      name,
      { ...outputs, ...args, token: pulumi.secret(args.token) },
      secretOutputs(opts, "token"),
    );
  }
}

export interface ServerPowerArgs extends HetznerAccess {
  stackIdentity: pulumi.Input<string>;
  host: string;
  /** Id of the server. */
  server: pulumi.Input<string>;
  /** What the server is switched off for when it changes; afterwards it is waited for. */
  serverType: pulumi.Input<string>;
  ipv4: boolean;
  address: pulumi.Input<string>;
  hostKey: pulumi.Input<string>;
  privateKey: pulumi.Input<string>;
}

/** A server that is switched on and answers. */
export class ServerPower extends Attempted {
  constructor(name: string, args: ServerPowerArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:hetzner:ServerPower",
      name,
      {
        ...args,
        running: true,
        token: pulumi.secret(args.token),
        privateKey: pulumi.secret(args.privateKey),
      },
      secretOutputs(opts, "token", "privateKey"),
    );
  }
}

export interface HetznerCleanupArgs extends HetznerAccess {
  stackIdentity: pulumi.Input<string>;
  stack: string;
  /** What the stack's objects are called at Hetzner, by kind: a preview refuses or names others of these names. */
  names: pulumi.Input<Record<string, pulumi.Input<pulumi.Input<string>[]>>>;
  /** Networks (CIDR) from which the servers can be reached: a preview warns where this box's address is in none. */
  access: readonly string[];
}

/** Looks who else is in the project, and deletes, when it is destroyed, whatever of the stack is left at Hetzner: all that is made there depends on it. */
export class HetznerCleanup extends pulumi.CustomResource {
  constructor(name: string, args: HetznerCleanupArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:hetzner:Cleanup",
      name,
      { ...args, token: pulumi.secret(args.token) },
      secretOutputs(opts, "token"),
    );
  }
}

/** A WireGuard key pair, both halves in base64. */
export class WireGuardKey extends pulumi.CustomResource {
  declare readonly publicKey: pulumi.Output<string>;
  declare readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: GenerationArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { publicKey: undefined, privateKey: undefined };
    super(
      "kluster-provider:wireguard:KeyPair",
      name,
      { ...outputs, ...args },
      secretOutputs(opts, "privateKey"),
    );
  }
}

export interface EvaluationArgs {
  nixpkgs: { url: string; sha256: string; minimumNix: string };
  cluster: pulumi.Inputs;
  machines: pulumi.Inputs;
}

/** The NixOS systems of all machines, evaluated at once. */
export class Evaluation extends pulumi.CustomResource {
  declare readonly systems: pulumi.Output<Record<string, EvaluatedSystem>>;

  constructor(name: string, args: EvaluationArgs, opts?: pulumi.CustomResourceOptions) {
    super("kluster-provider:nixos:Evaluation", name, { systems: undefined, ...args }, opts);
  }
}

export interface TakeoverArgs {
  /** "This very machine": another one is taken over anew. */
  identity: pulumi.Input<string>;
  machine: string;
  address: pulumi.Input<string>;
  /** Host key of the stock system, thrown away with it. */
  bootHostKey: pulumi.Input<string>;
  hostKey: pulumi.Input<string>;
  hostPrivateKey: pulumi.Input<string>;
  privateKey: pulumi.Input<string>;
  /** Public half of `privateKey`. */
  authorizedKey: pulumi.Input<string>;
  nixpkgs: { url: string; sha256: string; minimumNix: string };
  /** Address and prefix length of the network card to the internet. */
  ipv6?: pulumi.Input<string>;
}

/** A server with a stock Debian, brought to run the NixOS installer, which answers with the lasting host key. */
export class Takeover extends pulumi.CustomResource {
  /** MAC address of the network card to the internet. */
  declare readonly publicMac: pulumi.Output<string>;
  /** The disk by its path. */
  declare readonly disk: pulumi.Output<string>;

  constructor(name: string, args: TakeoverArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:nixos:Takeover",
      name,
      {
        ...{ publicMac: undefined, disk: undefined },
        ...args,
        hostPrivateKey: pulumi.secret(args.hostPrivateKey),
        privateKey: pulumi.secret(args.privateKey),
      },
      secretOutputs(opts, "hostPrivateKey", "privateKey"),
    );
  }
}

/** A machine, and how to log in on it. */
interface OnMachineArgs {
  /** "This very machine": another one begins anew. */
  identity: pulumi.Input<string>;
  machine: string;
  address: pulumi.Input<string>;
  hostKey: pulumi.Input<string>;
  privateKey: pulumi.Input<string>;
}

/** The cluster around a machine that changes, and how much of it may be unavailable (provider/resources/rolling.ts). */
export interface RolloutArgs {
  /** The master's name. */
  master: string;
  address: pulumi.Input<string>;
  hostKey: pulumi.Input<string>;
  /** The API as the nodes call it. */
  server: string;
  /** Address that they know the master by. */
  masterAddress: string;
  /** How many machines the cluster has. */
  machines: number;
  maxUnavailable: number;
  reboot: "never" | "ifNeeded";
}

/** What installation and system have in common: a machine, how to reach it, and what it shall run. */
export interface MachineSystemArgs extends OnMachineArgs {
  drvPath: pulumi.Input<string>;
  storePath: pulumi.Input<string>;
  secretFiles: pulumi.Input<SecretFile[]>;
  secrets: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

export interface InstallationArgs extends MachineSystemArgs {
  /** VirtualBox VM whose installation media go away afterwards. */
  vm?: pulumi.Input<string>;
  disk: pulumi.Input<string>;
  rootUuid: pulumi.Input<string>;
  hostPrivateKey: pulumi.Input<string>;
}

/** NixOS on a machine's disk, and the machine booted from it. */
export class Installation extends pulumi.CustomResource {
  constructor(name: string, args: InstallationArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:nixos:Installation",
      name,
      { ...args, ...secretInputs(args), hostPrivateKey: pulumi.secret(args.hostPrivateKey) },
      secretOutputs(opts, "privateKey", "secrets", "hostPrivateKey"),
    );
  }
}

export interface SystemArgs extends MachineSystemArgs {
  isMaster: boolean;
  /** See provider/resources/rollback.ts. */
  rollback?: string;
  /** Never in the state. */
  offered: pulumi.Input<Record<string, pulumi.Input<string>>>;
  ties: pulumi.Input<Record<string, pulumi.Input<string>>>;
  rollout: RolloutArgs;
}

/** The NixOS system that a machine runs. */
export class System extends Attempted {
  declare readonly storePath: pulumi.Output<string>;

  constructor(name: string, args: SystemArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:nixos:System",
      name,
      { ...args, ...secretInputs(args), offered: pulumi.secret(args.offered) },
      secretOutputs(opts, "privateKey", "secrets"),
      // A machine that has gone back stays there, whatever is evaluated meanwhile.
      args.rollback === undefined ? {} : { storePath: "", secretFiles: [] },
    );
  }
}

export interface LoginKeysArgs extends OnMachineArgs {
  hostPrivateKey: pulumi.Input<string>;
  /** Public half of `privateKey`. */
  authorizedKey: pulumi.Input<string>;
  /** What the machine may still have: host keys by their public halves, operator's keys by their private ones. */
  earlier: { hostKeys: pulumi.Input<string[]>; privateKeys: pulumi.Input<string[]> };
}

export interface EtcdSnapshotArgs extends OnMachineArgs {
  /** Absolute path of a folder on this box. */
  folder: string;
  /** How many are kept at most, and for how many days. */
  keep: number;
  days: number;
  /** A bucket that they are uploaded to as well; secret. */
  s3?: S3Target;
  recipients: pulumi.Input<pulumi.Input<string>[]>;
  /** Keys of Secrets, which a snapshot holds as well. */
  encryptionKeys: pulumi.Input<string[]>;
  /** With another value of any of them there is a snapshot. */
  occasion: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** A snapshot of etcd before something is changed. */
export class EtcdSnapshot extends pulumi.CustomResource {
  constructor(name: string, args: EtcdSnapshotArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:etcd:Snapshot",
      name,
      {
        ...args,
        privateKey: pulumi.secret(args.privateKey),
        encryptionKeys: pulumi.secret(args.encryptionKeys),
        ...(args.s3 && { s3: pulumi.secret(args.s3) }),
      },
      secretOutputs(opts, "privateKey", "encryptionKeys", "s3"),
    );
  }
}

/** The keys of a machine's SSH; it gets others in place. */
export class LoginKeys extends pulumi.CustomResource {
  constructor(name: string, args: LoginKeysArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:ssh:LoginKeys",
      name,
      {
        ...args,
        privateKey: pulumi.secret(args.privateKey),
        hostPrivateKey: pulumi.secret(args.hostPrivateKey),
        earlier: pulumi.secret(args.earlier),
      },
      secretOutputs(opts, "privateKey", "hostPrivateKey", "earlier"),
    );
  }
}

export interface TrustArgs extends OnMachineArgs {
  files: pulumi.Input<SecretFile[]>;
  secrets: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Whether a machine that has just been set up has the very same. */
  placed: pulumi.Input<boolean>;
}

/** Whom a machine trusts and what it can decrypt, at one moment of a run. */
export class Trust extends pulumi.CustomResource {
  constructor(name: string, args: TrustArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "kluster-provider:nixos:Trust",
      name,
      { ...args, ...secretInputs(args) },
      secretOutputs(opts, "privateKey", "secrets"),
    );
  }
}

function secretInputs(args: Pick<MachineSystemArgs, "privateKey" | "secrets">): pulumi.Inputs {
  return { privateKey: pulumi.secret(args.privateKey), secrets: pulumi.secret(args.secrets) };
}

function secretOutputs(
  opts: pulumi.CustomResourceOptions | undefined,
  ...additionalSecretOutputs: string[]
): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(opts, { additionalSecretOutputs });
}
