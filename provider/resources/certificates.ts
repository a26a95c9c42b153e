import { isDeepStrictEqual } from "node:util";
import { Clock, systemClock } from "../clock";
import { CERTIFICATES, CertificatesInputs, CertificatesOutputs, Issued } from "../declarations/pki";
import {
  dayInMilliseconds,
  Identity,
  isSignedBy,
  judge,
  lastDay,
  needsRenewal,
  signCertificate,
  Subject,
} from "../pki";
import { implement, Resource } from "../resource";
import { hasUnknown, UNKNOWN } from "../values";

/**
 * All certificates of a machine. Those in the last third of their lives show as a change, by name and day, and `pulumi up`
 * renews them; so it does with those that shall say something else, or whose authority is another. The rest stay.
 */
export function certificates(clock: Clock = systemClock): Resource<CertificatesInputs, CertificatesOutputs> {
  const now = () => new Date(clock.now());

  /** What is to be signed for a machine; what is wrong has been said by check. */
  function wanted({ machine, isMaster, requests, authorities }: CertificatesInputs) {
    return Object.entries(requests).map(([name, request]) => {
      const judged = judge(name, request, { machine, isMaster });
      if ("refused" in judged) throw new Error(refusal(name, machine, judged.refused));
      const authority = authorities[judged.authority];
      if (!authority) throw new Error(`the authority "${judged.authority}" signs nothing for ${machine}`);
      return { name, subject: judged.subject, authority };
    });
  }

  function isGood(issued: Issued | undefined, subject: Subject, authority: Identity): issued is Issued {
    return (
      issued !== undefined &&
      isDeepStrictEqual(issued.subject, subject) &&
      isSignedBy(issued.certificate, authority.certificate) &&
      !needsRenewal(issued.certificate, now())
    );
  }

  async function issue(
    inputs: CertificatesInputs,
    before: CertificatesOutputs["issued"] = {},
  ): Promise<CertificatesOutputs> {
    const validity = { lifetime: inputs.days * dayInMilliseconds, now: now() };
    const entries = await Promise.all(
      wanted(inputs).map(async ({ name, subject, authority }): Promise<[string, Issued]> => {
        const earlier = before[name];
        if (isGood(earlier, subject, authority)) return [name, earlier];
        return [name, { ...(await signCertificate(authority, subject, validity)), subject }];
      }),
    );
    const expire = entries.map(([name, { certificate }]) => [name, lastDay(certificate)] as const);
    return { issued: Object.fromEntries(entries), expire: Object.fromEntries(expire) };
  }

  return implement(CERTIFICATES, {
    ignore: ["days"], // for the next ones

    async check(inputs) {
      const { machine, isMaster, requests } = inputs;
      if (hasUnknown({ requests })) return { inputs: { ...inputs } };
      const failures = Object.entries(requests).flatMap(([name, request]) => {
        const judged = judge(name, request, { machine, isMaster });
        return "refused" in judged
          ? [{ property: "requests", reason: refusal(name, machine, judged.refused) }]
          : [];
      });
      return { inputs: { ...inputs }, failures };
    },

    differs: ({ issued = {} }) =>
      Object.entries(issued)
        .filter(([, { certificate }]) => needsRenewal(certificate, now()))
        .map(([name]) => `expire.${name}`),

    async create(inputs) {
      return { id: inputs.machine, outputs: await issue(inputs) };
    },
    update: (_id, { outputs, inputs }) => issue(inputs, outputs.issued),
    foresee: ({ outputs: { issued = {} }, inputs }) =>
      hasUnknown(inputs) ||
      Object.keys(issued).length !== Object.keys(inputs.requests).length ||
      wanted(inputs).some(({ name, subject, authority }) => !isGood(issued[name], subject, authority))
        ? { issued: UNKNOWN, expire: UNKNOWN }
        : {},
  });
}

function refusal(name: string, machine: string, refused: string): string {
  return (
    `the certificate ${name} of ${machine} (services.kubernetes.pki.certs.${name}) ${refused}. ` +
    "Take out of your NixOS modules what changes it; names for the API server go into services.kubernetes.apiserver.extraSANs"
  );
}
