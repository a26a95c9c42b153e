/** The cluster's certificates and the token that nodes get theirs with. */
export { createCertificateAuthority } from "./authority";
export type { AuthorityOptions } from "./authority";
export type { Identity } from "./certificate";
export { signClientCertificate } from "./client-certificate";
export type { ClientCertificateOptions } from "./client-certificate";
export { isSignedBy, needsRenewal, remainingDays, renewalDays } from "./expiry";
export { createJoinToken, isJoinToken } from "./join-token";
