/** The cluster's authorities, what they sign, and the key for the tokens of service accounts. */
export { createCertificateAuthority } from "./authority";
export type { AuthorityOptions } from "./authority";
export { dayInMilliseconds } from "./certificate";
export type { Identity } from "./certificate";
export { isOver, isSignedBy, lastDay, needsRenewal } from "./expiry";
export { AUTHORITIES, judge } from "./roles";
export type { AuthorityName, CertificateRequest, Holder } from "./roles";
export { createServiceAccountKey, tokenKeyId } from "./service-account-key";
export type { SigningKey } from "./service-account-key";
export { signCertificate } from "./sign";
export type { Subject, Usage, Validity } from "./sign";
