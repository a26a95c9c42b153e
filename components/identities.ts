import * as pulumi from "@pulumi/pulumi";
import { AuthorityName } from "../provider/pki";
import {
  CertificateAuthority,
  EncryptionKey,
  Hosts,
  KeyPair,
  ServiceAccountKey,
  StackIdentity,
} from "../provider/sdk";
import { ClusterSettings } from "../settings/cluster";
import { formerly, logicalName } from "./logical-name";

/** Names and keys of a cluster, which exist before the first contact with any machine. */
export interface Identities {
  /** See Cluster. */
  clusterName: pulumi.Output<string>;
  stackIdentity: pulumi.Output<string>;
  hosts: Hosts;
  /** The key that the operator logs in with. */
  operator: KeyPair;
  authorities: Record<AuthorityName, CertificateAuthority>;
  serviceAccount: ServiceAccountKey;
  encryption: EncryptionKey;
}

const PREFIX = "kluster-";

/** The names and keys of a stack's cluster; each is made once, and made anew where `kluster:rotate` says so. */
export function identities(settings: ClusterSettings, opts: pulumi.CustomResourceOptions): Identities {
  const { master, stack, rotate } = settings;
  const { identity } = new StackIdentity(
    logicalName({ role: "stack" }),
    { master },
    { ...opts, ...formerly("stack") },
  );
  const names = settings.hosts.map(({ name }) => name).sort();
  const hosts = new Hosts(logicalName({ role: "hosts" }), { names }, opts);
  const operator = new KeyPair(
    logicalName({ role: "operator" }),
    { comment: PREFIX + stack, generation: rotate.operator },
    { ...opts, ...formerly("operator"), ignoreChanges: ["comment"] },
  );
  const clusterName = operator.comment.apply((comment) => comment.slice(PREFIX.length));
  const authority = (role: string, commonName: pulumi.Output<string>, aliases = {}) =>
    new CertificateAuthority(
      logicalName({ role }),
      { commonName, generation: rotate.authorities },
      { ...opts, ...aliases },
    );
  const name = pulumi.interpolate`${PREFIX}${clusterName}`;
  return {
    ...{ clusterName, stackIdentity: identity, hosts, operator },
    authorities: {
      cluster: authority("authority", name, formerly("authority")),
      etcd: authority("etcd-authority", pulumi.interpolate`${name}-etcd`),
      "front-proxy": authority("front-proxy-authority", pulumi.interpolate`${name}-front-proxy`),
    },
    serviceAccount: new ServiceAccountKey(
      logicalName({ role: "service-account" }),
      { generation: rotate.serviceAccounts },
      opts,
    ),
    encryption: new EncryptionKey(
      logicalName({ role: "encryption-key" }),
      { generation: rotate.encryption },
      opts,
    ),
  };
}
