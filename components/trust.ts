import * as pulumi from "@pulumi/pulumi";
import { AuthorityName } from "../provider/pki";
import { CertificateAuthority, EncryptionKey, Evaluation, KeyPair, Trust } from "../provider/sdk";
import { encryptionConfig } from "../provider/kubernetes/encryption";
import { logicalName } from "./logical-name";
import { Machine } from "./machine";

/** Values of the secret files that are `first` in nix/secrets.nix, by the names of the secrets. */
type Values = Record<string, pulumi.Output<string>>;

/** Whom a machine trusts and what it can decrypt. */
export interface Trusted {
  /** While another key takes over: those of before as well. */
  withEarlier: Values;
  /** In the end. */
  alone: Values;
}

/**
 * How all machines come to another authority without a moment in which one of them does not know another: first each trusts
 * both (`before`), then each shows what the new one has signed (its System), and when all do, the earlier one is out
 * (`after`). The graph of resources is that order, so a run that is killed goes on where it was. Where no key is another,
 * nothing of this touches a machine.
 */
export function trustOf(
  {
    authorities,
    encryption,
  }: { authorities: Record<AuthorityName, CertificateAuthority>; encryption: EncryptionKey },
  isMaster: boolean,
): Trusted {
  const certificates = {
    "ca-certificate": authorities.cluster,
    ...(isMaster
      ? { "etcd-ca-certificate": authorities.etcd, "front-proxy-ca-certificate": authorities["front-proxy"] }
      : {}),
  };
  const values = (certificate: (one: CertificateAuthority) => pulumi.Output<string>): Values =>
    Object.fromEntries(Object.entries(certificates).map(([secret, one]) => [secret, certificate(one)]));
  const master = (secrets: Values) => (isMaster ? secrets : {});
  return {
    withEarlier: {
      ...values((one) => one.withEarlier),
      ...master({ "encryption-config": encryption.withEarlier.apply(encryptionConfig) }),
    },
    alone: {
      ...values((one) => one.certificate),
      ...master({ "encryption-config": encryption.key.apply((key) => encryptionConfig([key])) }),
    },
  };
}

export interface TrustStepArgs {
  host: string;
  machine: Machine;
  operator: KeyPair;
  evaluation: Evaluation;
  trusted: Trusted;
}

/** The step before any machine shows a certificate of another authority. */
export function trustBefore(args: TrustStepArgs, opts: pulumi.CustomResourceOptions): Trust {
  const { withEarlier } = args.trusted;
  return trustStep(logicalName({ host: args.host, role: "trust" }), args, withEarlier, true, opts);
}

/** The step after all machines do. */
export function trustAfter(args: TrustStepArgs, opts: pulumi.CustomResourceOptions): Trust {
  const { withEarlier, alone } = args.trusted;
  const same = pulumi
    .all([pulumi.output(withEarlier), pulumi.output(alone)])
    .apply(([before, after]) => Object.keys(after).every((secret) => before[secret] === after[secret]));
  return trustStep(logicalName({ host: args.host, role: "trust-alone" }), args, alone, same, opts);
}

function trustStep(
  name: string,
  { host, machine, operator, evaluation }: TrustStepArgs,
  secrets: Values,
  placed: pulumi.Input<boolean>,
  opts: pulumi.CustomResourceOptions,
): Trust {
  const files = evaluation.systems.apply((systems) =>
    (systems[host]?.secrets ?? []).filter(({ first }) => first),
  );
  return new Trust(
    name,
    {
      ...{ identity: machine.identity, machine: host, address: machine.address, hostKey: machine.hostKey },
      ...{ privateKey: operator.privateKey, files, secrets, placed: pulumi.unsecret(pulumi.output(placed)) },
    },
    { ...opts, deletedWith: machine.resource },
  );
}
