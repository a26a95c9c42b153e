import { createCertificateAuthority } from "../pki";
import { Resource } from "../resource";

/** The cluster's certificate authority. Another one is another cluster, so nothing but a new name replaces it. */
export const certificateAuthority: Resource<
  { commonName: string },
  { certificate: string; privateKey: string }
> = {
  type: "kluster-provider:pki:CertificateAuthority",
  secrets: ["privateKey"],
  outputs: ["certificate", "privateKey"],
  replaceOn: ["commonName"],
  async create({ commonName }) {
    const authority = await createCertificateAuthority({ commonName });
    return { id: commonName, outputs: authority };
  },
};
