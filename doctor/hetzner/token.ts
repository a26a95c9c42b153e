import { HetznerError } from "../../provider/hetzner/errors";
import { HetznerApi } from "../../provider/hetzner/api";
import { type Box } from "../box/subject";
import { type Check, judgementOf, well } from "../check";

/** Whether Hetzner takes the token, and lets it write. */
export const tokenCheck: Check<Box> = {
  name: "token",
  async look(box) {
    if (box.settings?.provider.kind !== "hetzner") return undefined;
    try {
      const api = new HetznerApi({ token: box.token(), endpoint: box.endpoint, deadline: 20_000 });
      await api.list("locations");
      await mayWrite(api);
      return well("Hetzner takes the token, which may read and write");
    } catch (error) {
      return judgementOf(error);
    }
  },
};

/** Asks for something that no token is given, a key without content: a token that may only read is refused before that. */
async function mayWrite(api: HetznerApi): Promise<void> {
  await api.act("/ssh_keys").catch((error: unknown) => {
    if (error instanceof HetznerError && error.code === "invalid_input") return;
    throw error;
  });
}
