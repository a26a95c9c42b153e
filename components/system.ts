import * as pulumi from "@pulumi/pulumi";
import {
  Evaluation,
  Installation,
  KeyPair,
  RolloutArgs,
  SecretFile,
  System,
  WireGuardArgs,
} from "../provider/sdk";
import { Identity } from "../provider/pki";
import { parseCidr } from "../settings/cidr";
import { ClusterSettings } from "../settings/cluster";
import { formerly, logicalName } from "./logical-name";
import { Machine } from "./machine";

export interface EvaluateArgs {
  settings: ClusterSettings;
  /** See Cluster. */
  clusterName: pulumi.Output<string>;
  machines: Record<string, Machine>;
  operator: KeyPair;
  /** CIDRs that may reach SSH and the Kubernetes API; none means everybody. */
  access: readonly string[];
  /** The mesh, where there is one. */
  wireguard?: WireGuardArgs;
}

/** The NixOS systems of all machines, evaluated at once from the settings and what is known of the hardware. */
export function evaluate(args: EvaluateArgs, opts: pulumi.CustomResourceOptions): Evaluation {
  const { settings, clusterName, machines, operator, access, wireguard } = args;
  const prefixLength = parseCidr(settings.network)!.prefix;
  const cluster = {
    stack: clusterName,
    master: settings.master,
    ...settings.kubernetes,
    authorizedKeys: [operator.publicKey],
    modules: settings.modules,
    secrets: Object.keys(settings.secrets),
    hosts: Object.fromEntries(settings.hosts.map((host) => [host.name, host.nodeAddress])),
    access: [...access],
    wireguard,
  };
  const facts = settings.hosts.map(({ name, roles, address, nodeAddress, modules }) => {
    return [name, { ...machines[name].facts, roles, address, prefixLength, nodeAddress, modules }] as const;
  });
  return new Evaluation(
    logicalName({ role: "systems" }),
    { nixpkgs: settings.nixpkgs, cluster, machines: Object.fromEntries(facts) },
    { ...opts, ...formerly("systems") },
  );
}

export interface MachineSystemArgs {
  machine: Machine;
  evaluation: Evaluation;
  operator: KeyPair;
  /** Values of the secrets that NixOS configurations may ask for, by their names. */
  secrets: Record<string, pulumi.Output<string>>;
  /** Certificates and keys of the machine, by their names in services.kubernetes.pki.certs. */
  certificates: pulumi.Output<Record<string, Identity>>;
  /** Of which the machine is a part when its system becomes another. */
  rollout: RolloutArgs;
  /** Done before the machine's system is another. */
  after: pulumi.Resource[];
  /** The user's own by their names, in plain text: the machine gets those that its configuration asks for. */
  userSecrets: Record<string, string>;
  isMaster: boolean;
  /** See ClusterSettings. */
  rollback?: string;
  /** See ties.ts. */
  ties: pulumi.Output<Record<string, string>>;
}

/** NixOS on a machine: installed where the machine's kind asks for it, then kept at the evaluated system. */
export class MachineSystem extends pulumi.ComponentResource {
  /** Store path of the system that the machine runs. */
  readonly storePath: pulumi.Output<string>;
  /** Another one for each change of the system, even for one that is taken back. */
  readonly attempt: pulumi.Output<string>;
  /** Exists when the machine runs its system. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: MachineSystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kluster:nixos:MachineSystem", name, {}, opts);
    const { machine, operator } = args;
    const system = args.evaluation.systems.apply((systems) => systems[name]);
    const common = {
      identity: machine.identity,
      machine: name,
      address: machine.address,
      hostKey: machine.hostKey,
      privateKey: operator.privateKey,
      drvPath: system.drvPath,
      storePath: system.storePath,
      secretFiles: system.secrets,
      secrets: pulumi
        .all([pulumi.output(args.secrets), args.certificates, system.secrets])
        .apply(([secrets, certificates, files]) => ({
          ...secrets,
          ...certificateFiles(certificates),
          ...askedFor(args.userSecrets, files),
        })),
    };
    // What is on a machine goes with it, and a new one is set up before anything else may look at the old.
    const options = { parent: this, deletedWith: machine.resource, deleteBeforeReplace: true };
    const installed = machine.installation
      ? [new Installation(name, { ...common, ...onDisk(machine.facts, machine.installation) }, options)]
      : [];
    const earlier = {
      isMaster: args.isMaster,
      rollback: args.rollback,
      offered: namedSecrets(args.userSecrets),
      ties: args.ties,
    };
    const running = new System(
      name,
      { ...common, ...earlier, rollout: args.rollout },
      { ...options, dependsOn: [machine.resource, ...installed, ...args.after] },
    );
    this.storePath = running.storePath;
    this.attempt = running.attempt;
    this.ready = running;
    this.registerOutputs({});
  }
}

/** What an installation must know of the machine besides. */
function onDisk(
  { disk, rootUuid }: Machine["facts"],
  { restartId, hostPrivateKey }: NonNullable<Machine["installation"]>,
) {
  return { rootUuid, disk, hostPrivateKey, ...(restartId === undefined ? {} : { vm: restartId }) };
}

/** By the names that nix/secrets.nix gives them. */
function certificateFiles(certificates: Record<string, Identity>): Record<string, string> {
  const files = Object.entries(certificates).flatMap(
    ([name, { certificate, privateKey }]) =>
      [
        [`certificate:${name}`, certificate],
        [`key:${name}`, privateKey],
      ] as const,
  );
  return Object.fromEntries(files);
}

/** By the names that nix/user-secrets.nix gives them. */
function askedFor(secrets: Record<string, string>, files: readonly SecretFile[]): Record<string, string> {
  const asked = new Set(files.map(({ secret }) => secret));
  return Object.fromEntries(Object.entries(namedSecrets(secrets)).filter(([name]) => asked.has(name)));
}

const namedSecrets = (secrets: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`kluster:secrets.${name}`, value]));
