import { Clock, systemClock } from "../clock";
import {
  CERTIFICATE_AUTHORITY,
  CertificateAuthorityInputs,
  CertificateAuthorityOutputs,
} from "../declarations/pki";
import { createCertificateAuthority, isOver, needsRenewal } from "../pki";
import { implement, Resource } from "../resource";
import { UNKNOWN } from "../values";
import { isAnother, keepGeneration, lacksEarlier } from "./generation";

/**
 * A certificate authority of the cluster. It is made anew for another generation, and in the last third of its ten years;
 * components/trust.ts says how the machines follow. With another name it is another cluster's.
 */
export function certificateAuthority(
  clock: Clock = systemClock,
): Resource<CertificateAuthorityInputs, CertificateAuthorityOutputs> {
  const now = () => new Date(clock.now());
  const isOld = (certificate: string) => needsRenewal(certificate, now());

  return implement(CERTIFICATE_AUTHORITY, {
    replaceOn: ["commonName"],
    check: keepGeneration,
    differs: (outputs) => [
      ...(outputs.certificate && isOld(outputs.certificate) ? ["certificate"] : []),
      ...lacksEarlier(outputs),
    ],
    async create({ commonName }) {
      const made = await createCertificateAuthority({ commonName, now: now() });
      return { id: commonName, outputs: { ...made, earlier: [] } };
    },
    async update(_id, { outputs, before, inputs }) {
      const { certificate, earlier = [] } = outputs;
      if (!isAnother(before, inputs) && !isOld(certificate)) return { ...outputs, earlier };
      const made = await createCertificateAuthority({ commonName: inputs.commonName, now: now() });
      return { ...made, earlier: [certificate, ...earlier].filter((one) => !isOver(one, now())) };
    },
    foresee({ outputs, before, inputs }, { info }) {
      if (!isAnother(before, inputs) && !isOld(outputs.certificate))
        return { earlier: outputs.earlier ?? [] };
      info(
        "another authority: what trusts it is restarted twice, so the API is away for some seconds each time",
      );
      return { certificate: UNKNOWN, privateKey: UNKNOWN, earlier: UNKNOWN };
    },
  });
}
