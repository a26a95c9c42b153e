import { needsRenewal, signClientCertificate } from "../pki";
import { Resource } from "../resource";

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

function sign(inputs: ClientCertificateInputs): Promise<ClientCertificateOutputs> {
  const authority = { certificate: inputs.caCertificate, privateKey: inputs.caPrivateKey };
  return signClientCertificate(authority, inputs);
}

/** A client's certificate; near its end it shows as a change, and `pulumi up` renews it in place. */
export const clientCertificate: Resource<ClientCertificateInputs, ClientCertificateOutputs> = {
  type: "kluster-provider:pki:ClientCertificate",
  secrets: ["caPrivateKey", "privateKey"],
  outputs: ["certificate", "privateKey"],
  differs: ({ certificate }) => (certificate && needsRenewal(certificate) ? ["certificate"] : []),
  async create(inputs) {
    return { id: `${inputs.organization}/${inputs.commonName}`, outputs: await sign(inputs) };
  },
  update: (_id, { inputs }) => sign(inputs),
};
