import { Clock, systemClock } from "../clock";
import { dayInMilliseconds, needsRenewal, signCertificate } from "../pki";
import { Resource } from "../resource";
import { UNKNOWN } from "../values";

interface ClientCertificateInputs {
  caCertificate: string;
  caPrivateKey: string;
  commonName: string;
  organization: string;
  validDays: number;
}

interface ClientCertificateOutputs {
  certificate: string;
  privateKey: string;
}

/** A client's certificate; in the last third of its life it shows as a change, and `pulumi up` renews it in place. */
export function clientCertificate(
  clock: Clock = systemClock,
): Resource<ClientCertificateInputs, ClientCertificateOutputs> {
  const now = () => new Date(clock.now());

  function sign(inputs: ClientCertificateInputs): Promise<ClientCertificateOutputs> {
    const { caCertificate, caPrivateKey, commonName, organization, validDays } = inputs;
    return signCertificate(
      { certificate: caCertificate, privateKey: caPrivateKey },
      { commonName, organizations: [organization], hosts: [], usages: ["client"] },
      { lifetime: validDays * dayInMilliseconds, now: now() },
    );
  }

  return {
    type: "kluster-provider:pki:ClientCertificate",
    secrets: ["caPrivateKey", "privateKey"],
    outputs: ["certificate", "privateKey"],
    differs: ({ certificate }) => (certificate && needsRenewal(certificate, now()) ? ["certificate"] : []),
    async create(inputs) {
      return { id: `${inputs.organization}/${inputs.commonName}`, outputs: await sign(inputs) };
    },
    update: (_id, { inputs }) => sign(inputs),
    foresee: () => ({ certificate: UNKNOWN, privateKey: UNKNOWN }),
  };
}
