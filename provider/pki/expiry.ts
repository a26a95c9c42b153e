import { dayInMilliseconds, readCertificate } from "./certificate";

/** Days before the end from which on a certificate shows as a change: time for more than one forgotten week. */
export const renewalDays = 30;

/** Days for which a certificate (PEM) is still valid, as a fraction; negative when it has expired. */
export function remainingDays(certificate: string, now: Date = new Date()): number {
  const end = new Date(readCertificate(certificate, "The certificate").validTo);
  return (end.getTime() - now.getTime()) / dayInMilliseconds;
}

/** Whether a certificate (PEM) has less than this many days left. */
export function needsRenewal(certificate: string, now: Date = new Date(), days = renewalDays): boolean {
  return remainingDays(certificate, now) < days;
}

/** Whether a certificate was signed by that authority's key (both PEM); says nothing about the time. */
export function isSignedBy(certificate: string, authority: string): boolean {
  const issuer = readCertificate(authority, "The certificate of the cluster's authority");
  const issued = readCertificate(certificate, "The certificate");
  return issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
}
