import { Clock, systemClock } from "../clock";
import { dayInMilliseconds, needsRenewal, signCertificate } from "../pki";
import { Resource } from "../resource";
import { UNKNOWN } from "../values";
import { GenerationInputs, isAnother, keepGeneration } from "./generation";

interface ClientCertificateInputs extends GenerationInputs {
  caCertificate: string;
  caPrivateKey: string;
  commonName: string;
  organization: string;
  validDays: number;
}

interface ClientCertificateOutputs {
  certificate: string;
  privateKey: string;
  /** The group that it is of. */
  group: string;
}

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

  return {
    type: "kluster-provider:pki:ClientCertificate",
    secrets: ["caPrivateKey", "privateKey"],
    outputs: ["certificate", "privateKey", "group"],
    check: keepGeneration,
    differs: ({ certificate }) => (certificate && needsRenewal(certificate, now()) ? ["certificate"] : []),
    async create(inputs) {
      return { id: `${inputs.organization}/${inputs.commonName}`, outputs: await sign(inputs) };
    },
    update: (_id, { inputs }) => sign(inputs),
    foresee: ({ before, inputs }) => ({
      ...{ certificate: UNKNOWN, privateKey: UNKNOWN },
      ...(isAnother(before, inputs) ? { group: UNKNOWN } : {}),
    }),
  };
}
