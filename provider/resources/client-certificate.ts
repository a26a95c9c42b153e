import { isDeepStrictEqual } from "node:util";
import { Clock, systemClock } from "../clock";
import { CLIENT_CERTIFICATE, ClientCertificateInputs, ClientCertificateOutputs } from "../declarations/pki";
import { dayInMilliseconds, needsRenewal, signCertificate } from "../pki";
import { implement, Resource } from "../resource";
import { UNKNOWN } from "../values";
import { isAnother, keepGeneration } from "./generation";

/**
 * A client's certificate; in the last third of its life it shows as a change, and `pulumi up` renews it in place. Another
 * generation is of another group: who gives that group its rights takes them from whoever has an earlier certificate.
 */
export function clientCertificate(
  clock: Clock = systemClock,
): Resource<ClientCertificateInputs, ClientCertificateOutputs> {
  const now = () => new Date(clock.now());

  async function sign(inputs: ClientCertificateInputs): Promise<ClientCertificateOutputs> {
    const { caCertificate, caPrivateKey, commonName, organization, generation, validDays } = inputs;
    const group = [organization, ...(generation === undefined ? [] : [generation])].join(":");
    const identity = await signCertificate(
      { certificate: caCertificate, privateKey: caPrivateKey },
      { commonName, organizations: [group], hosts: [], usages: ["client"] },
      { lifetime: validDays * dayInMilliseconds, now: now() },
    );
    return { ...identity, group };
  }

  /** Whether a certificate lacks nothing but to be said of which group it is. */
  const isWhole = (
    { certificate, group }: ClientCertificateOutputs,
    before: ClientCertificateInputs,
    inputs: ClientCertificateInputs,
  ) => group === undefined && isDeepStrictEqual(before, inputs) && !needsRenewal(certificate, now());

  return implement(CLIENT_CERTIFICATE, {
    check: keepGeneration,
    // The group of a certificate that was made before groups could be others is not in the state.
    differs: ({ certificate, group }) => [
      ...(certificate && needsRenewal(certificate, now()) ? ["certificate"] : []),
      ...(group === undefined ? ["group"] : []),
    ],
    async create(inputs) {
      return { id: `${inputs.organization}/${inputs.commonName}`, outputs: await sign(inputs) };
    },
    update: async (_id, { outputs, before, inputs }) =>
      isWhole(outputs, before, inputs) ? { ...outputs, group: inputs.organization } : sign(inputs),
    foresee: ({ outputs, before, inputs }) =>
      isWhole(outputs, before, inputs)
        ? { group: inputs.organization }
        : {
            ...{ certificate: UNKNOWN, privateKey: UNKNOWN },
            ...(isAnother(before, inputs) ? { group: UNKNOWN } : {}),
          },
  });
}
