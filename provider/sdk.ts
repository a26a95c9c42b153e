import * as pulumi from "@pulumi/pulumi";
import { SNAPSHOT_KEY, ETCD_SNAPSHOT } from "./declarations/etcd";
import { HardwareFacts, WireGuardFacts } from "./declarations/facts";
import { HETZNER_CLEANUP, SERVER_CHOICE, SERVER_POWER, ServerPowerArgs } from "./declarations/hetzner";
import {
  ACCESS_RULES,
  AccessRulesArgs,
  AdministratorInputs,
  ENCRYPTION_KEY,
  LABELS_AND_TAINTS,
  REMOVED_APIS,
  RemovedApisArgs,
  TRUST_IN_PODS,
} from "./declarations/kubernetes";
import { RolloutInputs } from "./declarations/machine";
import { EVALUATION, INSTALLATION, SYSTEM, SystemArgs, TAKEOVER, TRUST } from "./declarations/nixos";
import {
  CERTIFICATE_AUTHORITY,
  CERTIFICATES,
  CertificatesInputs,
  CLIENT_CERTIFICATE,
  SERVICE_ACCOUNT_KEY,
} from "./declarations/pki";
import { KEY_PAIR, LOGIN_KEYS, SshKeys } from "./declarations/ssh";
import { HOSTS, STACK_IDENTITY } from "./declarations/stack";
import { HOST_ONLY_NETWORK, VIRTUAL_MACHINE, VirtualMachineArgs } from "./declarations/virtualbox";
import { WIREGUARD_KEY } from "./declarations/wireguard";
import type { AuthorityName } from "./pki";
import { Args, attemptedClass, resourceClass } from "./resource-class";

/*
 * The provider's resources as the program asks for them; provider/declarations/ has what each takes and reveals,
 * provider/resources/ what it does.
 */

export type { SecretFile } from "./nixos/system";
export type RolloutArgs = Args<RolloutInputs>;
/** What NixOS must know of a machine's hardware. */
export type HardwareArgs = Args<HardwareFacts>;
/** The mesh between the machines, as NixOS must know it. */
export type WireGuardArgs = Args<WireGuardFacts>;

/** What stays the same for a stack's whole life: a random id, and which host is the master. */
export class StackIdentity extends resourceClass(STACK_IDENTITY) {}

/** The hosts of the inventory, and which stay in it is a host's present one: another if it had left and came back. */
export class Hosts extends resourceClass(HOSTS) {
  /** Not known yet in the preview in which the host comes. */
  stay(host: string): pulumi.Output<string> {
    return this.stays.apply((stays) => stays?.[host] ?? "");
  }
}

/** An Ed25519 key pair in OpenSSH's formats. */
export class KeyPair extends resourceClass(KEY_PAIR) {
  /** Those that it has followed, the latest first; a machine may still have one of them. Secret. */
  get followed(): pulumi.Output<SshKeys[]> {
    return this.earlier.apply((earlier = []) => earlier);
  }
}

/** The keys of a machine's SSH; it gets others in place. */
export class LoginKeys extends resourceClass(LOGIN_KEYS) {}

/** A certificate authority of a cluster, in PEM. */
export class CertificateAuthority extends resourceClass(CERTIFICATE_AUTHORITY) {
  /** Its certificate and those of the ones that it has followed: whom to trust while some machines show what they signed. */
  get withEarlier(): pulumi.Output<string> {
    return pulumi
      .all([this.certificate, this.earlier])
      .apply(([one, earlier = []]) => [one, ...earlier].join(""));
  }
}

/** A certificate that lets its holder into the cluster; renewed as a visible change before it expires. */
export class ClientCertificate extends resourceClass(CLIENT_CERTIFICATE) {
  /** Kubernetes' name for the group of those who hold it. */
  get holders(): pulumi.Output<string> {
    return pulumi
      .all([this.group, this.organization])
      .apply(([group, organization]) => group ?? organization);
  }
}

/** The key that signs the tokens of service accounts, in PEM. */
export class ServiceAccountKey extends resourceClass(SERVICE_ACCOUNT_KEY) {
  /** Whose tokens are good: its public half, and those of the ones that it has followed not long ago. */
  get withEarlier(): pulumi.Output<string> {
    return pulumi
      .all([this.publicKey, this.earlier])
      .apply(([one, earlier = []]) => [one, ...earlier.map(({ publicKey }) => publicKey)].join(""));
  }
}

/** The key that Secrets are encrypted with in etcd: 32 bytes in base64. */
export class EncryptionKey extends resourceClass(ENCRYPTION_KEY) {
  /** It and those that it has followed: what Secrets may be encrypted with until all are written anew. Secret. */
  get withEarlier(): pulumi.Output<string[]> {
    return pulumi.all([this.key, this.earlier]).apply(([key, earlier = []]) => [key, ...earlier]);
  }
}

/** What opens the stack's snapshots of etcd. */
export class SnapshotKey extends resourceClass(SNAPSHOT_KEY) {}

/** A snapshot of etcd before something is changed. */
export class EtcdSnapshot extends resourceClass(ETCD_SNAPSHOT) {}

/** A WireGuard key pair, both halves in base64. */
export class WireGuardKey extends resourceClass(WIREGUARD_KEY) {}

/** An authority as an input: all else of the resource would go with it. */
const identityOf = ({ certificate, privateKey }: CertificateAuthority) => ({ certificate, privateKey });

/** All certificates of a machine; each is renewed as a visible change in the last third of its life. */
export class Certificates extends resourceClass(CERTIFICATES) {
  constructor(
    name: string,
    args: Args<Omit<CertificatesInputs, "authorities">> & {
      /** Those that sign for this machine. */
      authorities: Partial<Record<AuthorityName, CertificateAuthority>>;
    },
    opts?: pulumi.CustomResourceOptions,
  ) {
    const identities = Object.entries(args.authorities).map(
      ([name, one]) => [name, identityOf(one)] as const,
    );
    super(name, { ...args, authorities: Object.fromEntries(identities) }, opts);
  }
}

/** What somebody does on the master who may do everything in the cluster, and whom the authority makes for that alone. */
type AsAdministrator<Inputs extends AdministratorInputs> = Args<Omit<Inputs, "authority" | "trusted">> & {
  authority: CertificateAuthority;
};

const administratorInputs = ({ authority }: { authority: CertificateAuthority }) => ({
  authority: identityOf(authority),
  trusted: authority.withEarlier,
});

/** Who may do what in the cluster, applied by somebody who may do everything and is made for that alone. */
export class AccessRules extends attemptedClass(ACCESS_RULES) {
  constructor(name: string, args: AsAdministrator<AccessRulesArgs>, opts?: pulumi.CustomResourceOptions) {
    super(name, { ...args, ...administratorInputs(args) }, opts);
  }
}

/** Whom pods trust to be the API, before it shows another certificate. */
export class TrustInPods extends resourceClass(TRUST_IN_PODS) {
  constructor(name: string, args: AsAdministrator<AdministratorInputs>, opts?: pulumi.CustomResourceOptions) {
    super(name, { ...args, ...administratorInputs(args) }, opts);
  }
}

/** That nobody asks for what the next Kubernetes no longer has, before any machine gets it. */
export class RemovedApis extends resourceClass(REMOVED_APIS) {
  constructor(name: string, args: AsAdministrator<RemovedApisArgs>, opts?: pulumi.CustomResourceOptions) {
    super(name, { ...args, ...administratorInputs(args) }, opts);
  }
}

/** Labels and taints of a node, beside those of others. */
export class LabelsAndTaints extends attemptedClass(LABELS_AND_TAINTS) {}

/** The host-only network of this box that VirtualBox machines share; reused if it is there, else made. */
export class HostOnlyNetwork extends resourceClass(HOST_ONLY_NETWORK) {}

/** A VirtualBox machine, created and booted into the installer, which answers SSH with the pinned host key. */
export class VirtualMachine extends attemptedClass(VIRTUAL_MACHINE) {
  /** @param args with the host's present stay (see Hosts) */
  constructor(
    name: string,
    { stay, ...args }: Args<Omit<VirtualMachineArgs, "running"> & { stay: string }>,
    opts?: pulumi.CustomResourceOptions,
  ) {
    // By an option too, since only that holds for `pulumi up --replace`: the new machine has the UUID of the old.
    const options = pulumi.mergeOptions(opts, { deleteBeforeReplace: true });
    super(name, { ...args, running: true }, options, { stay });
  }
}

/** Which server type a host has at Hetzner, and where: the first that can be ordered, which then stays. */
export class ServerChoice extends resourceClass(SERVER_CHOICE) {}

/** A server that is switched on and answers. */
export class ServerPower extends attemptedClass(SERVER_POWER) {
  constructor(
    name: string,
    args: Args<Omit<ServerPowerArgs, "running">>,
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(name, { ...args, running: true }, opts);
  }
}

/** Looks who else is in the project, and deletes, when it is destroyed, whatever of the stack is left at Hetzner: all that is made there depends on it. */
export class HetznerCleanup extends resourceClass(HETZNER_CLEANUP) {}

/** The NixOS systems of all machines, evaluated at once. */
export class Evaluation extends resourceClass(EVALUATION) {}

/** A server with a stock Debian, brought to run the NixOS installer, which answers with the lasting host key. */
export class Takeover extends resourceClass(TAKEOVER) {}

/** NixOS on a machine's disk, and the machine booted from it. */
export class Installation extends resourceClass(INSTALLATION) {}

/** The NixOS system that a machine runs. */
export class System extends attemptedClass(SYSTEM) {
  constructor(name: string, args: Args<SystemArgs>, opts?: pulumi.CustomResourceOptions) {
    // A machine that has gone back stays there, whatever is evaluated meanwhile.
    const reasons = args.rollback === undefined ? {} : { storePath: "", secretFiles: [] };
    super(name, { ...args, offered: pulumi.secret(args.offered) }, opts, reasons);
  }
}

/** Whom a machine trusts and what it can decrypt, at one moment of a run. */
export class Trust extends resourceClass(TRUST) {}
