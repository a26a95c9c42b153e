import { readCertificate } from "./certificate";

/**
 * Whether a certificate (PEM) has come into the last third of its life. Long before its end, so that a cluster which
 * is seen to twice a year never comes near it.
 */
export function needsRenewal(certificate: string, now: Date = new Date()): boolean {
  const { validFrom, validTo } = readCertificate(certificate, "The certificate");
  const [from, to] = [new Date(validFrom).getTime(), new Date(validTo).getTime()];
  return now.getTime() > from + ((to - from) * 2) / 3;
}

/** Whether a certificate (PEM) has ended: nobody trusts it any more. */
export function isOver(certificate: string, now: Date = new Date()): boolean {
  return new Date(readCertificate(certificate, "The certificate").validTo) <= now;
}

/** When a certificate (PEM) ends, as a day: 2029-11-28. */
export function lastDay(certificate: string): string {
  return new Date(readCertificate(certificate, "The certificate").validTo).toISOString().slice(0, 10);
}

/** Whether a certificate was signed by that authority's key (both PEM); says nothing about the time. */
export function isSignedBy(certificate: string, authority: string): boolean {
  const issuer = readCertificate(authority, "The certificate of the cluster's authority");
  const issued = readCertificate(certificate, "The certificate");
  return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}
