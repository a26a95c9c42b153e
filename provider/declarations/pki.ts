import type { AuthorityName, CertificateRequest, Identity, SigningKey, Subject } from "../pki";
import { declare } from "./declare";
import { GenerationInputs } from "./generation";

export interface CertificateAuthorityInputs extends GenerationInputs {
  commonName: string;
}

/** In PEM. */
export interface CertificateAuthorityOutputs extends Identity {
  /** Certificates of those that it has followed, the latest first: trusted until all machines have followed, too. */
  earlier?: string[];
}

export const CERTIFICATE_AUTHORITY = declare<CertificateAuthorityInputs, CertificateAuthorityOutputs>({
  type: "kluster-provider:pki:CertificateAuthority",
  outputs: { certificate: "plain", privateKey: "secret", earlier: "plain" },
  secretInputs: [],
});

export interface ClientCertificateInputs extends GenerationInputs {
  caCertificate: string;
  caPrivateKey: string;
  /** Kubernetes takes it for the user's name. */
  commonName: string;
  /** Kubernetes takes it for the user's group. */
  organization: string;
  validDays: number;
}

export interface ClientCertificateOutputs extends Identity {
  /** The group that it is of; absent where it was made before groups could be others. */
  group?: string;
}

export const CLIENT_CERTIFICATE = declare<ClientCertificateInputs, ClientCertificateOutputs>({
  type: "kluster-provider:pki:ClientCertificate",
  outputs: { certificate: "plain", privateKey: "secret", group: "plain" },
  secretInputs: ["caPrivateKey"],
});

export interface ServiceAccountKeyOutputs extends SigningKey {
  /** Keys that it has followed, each good for the tokens that it has signed, until a day: 2026-12-02. */
  earlier?: { publicKey: string; until: string }[];
}

export const SERVICE_ACCOUNT_KEY = declare<GenerationInputs, ServiceAccountKeyOutputs>({
  type: "kluster-provider:pki:ServiceAccountKey",
  outputs: { publicKey: "plain", privateKey: "secret", earlier: "plain" },
  secretInputs: [],
});

export interface CertificatesInputs {
  machine: string;
  isMaster: boolean;
  /** By their names in services.kubernetes.pki.certs. */
  requests: Record<string, CertificateRequest>;
  /** Those that sign for this machine. */
  authorities: Partial<Record<AuthorityName, Identity>>;
  /** Whole days for which a new certificate is good. */
  days: number;
}

export interface Issued extends Identity {
  subject: Subject;
}

export interface CertificatesOutputs {
  /** Certificates and keys in PEM, by their names. */
  issued: Record<string, Issued>;
  /** The last day of each: 2029-11-28. */
  expire: Record<string, string>;
}

export const CERTIFICATES = declare<CertificatesInputs, CertificatesOutputs>({
  type: "kluster-provider:pki:Certificates",
  outputs: { issued: "secret", expire: "plain" },
  secretInputs: ["authorities"],
});
