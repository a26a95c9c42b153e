import { type Check, type Judgement, problem, warning, well } from "../check";
import { type Certificate, readCertificates } from "./report";
import { type Node } from "./subject";
import { type Cluster } from "../../stack/cluster";

/** As nix/certificate-watch.nix: then `pulumi up` has not run for long, as it renews them in the last third. */
const SOON = 60;
const DAY = 86_400_000;

/** The certificates on a machine. */
export const machineCertificatesCheck: Check<Node> = {
  name: "certificates",
  async look({ report }) {
    return report && judgeCertificates(report.certificates, new Date());
  },
};

/** The operator's own, and the authority that all are signed by. */
export const operatorCertificatesCheck: Check<Cluster> = {
  name: "certificates",
  async look({ certificates: { client, authority } }) {
    const all = [
      ...readCertificates("your kubeconfig's", client),
      ...readCertificates("the cluster's authority", authority),
    ];
    return judgeCertificates(all, new Date());
  },
};

export function judgeCertificates(certificates: readonly Certificate[], now: Date): Judgement {
  const daysOf = ({ ends }: Certificate) => Math.floor((ends.getTime() - now.getTime()) / DAY);
  const sorted = [...certificates].sort((one, other) => one.ends.getTime() - other.ends.getTime());
  const [first] = sorted;
  if (!first) return problem("there are no certificates", "pulumi refresh && pulumi up");
  const say = (one: Certificate) => `${one.name}: ${daysOf(one) < 0 ? "ended" : `${daysOf(one)} days`}`;
  const soon = sorted.filter((one) => daysOf(one) < SOON);
  const remedy = "pulumi up renews them; then npm run kubeconfig -- merge for your own.";
  if (soon.some((one) => daysOf(one) < 0)) return problem(soon.map(say).join(", "), remedy);
  if (soon.length > 0) return warning(soon.map(say).join(", "), remedy);
  return well(`${sorted.length} certificates, good for ${daysOf(first)} days or more`);
}
