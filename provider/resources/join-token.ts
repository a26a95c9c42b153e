import { createHash } from "node:crypto";
import { createJoinToken } from "../pki";
import { Resource } from "../resource";

/** What nodes show to the cluster's certificate server. */
export const joinToken: Resource<object, { token: string }> = {
  type: "kluster-provider:pki:JoinToken",
  secrets: ["token"],
  outputs: ["token"],
  async create() {
    const token = createJoinToken();
    return { id: createHash("sha256").update(token).digest("hex").slice(0, 16), outputs: { token } };
  },
};
