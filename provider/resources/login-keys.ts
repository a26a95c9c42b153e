import { LOGIN_KEYS, LoginKeysInputs } from "../declarations/ssh";
import { fingerprint } from "../keys";
import { HOST_KEY } from "../nixos/install";
import { placeSomeSecrets, settleSecrets } from "../nixos/secrets";
import { SecretFile } from "../nixos/system";
import { Context, implement, Resource } from "../resource";
import { connectByAny, Login, Session, waitForSsh, waysIn, withSession } from "../ssh";
import { MachineServices } from "../machine-services";
import { loginOf } from "./login";

const REACH_DEADLINE = 120_000;
/** A fresh login by the new keys: sshd has just been started anew. */
const PROOF_DEADLINE = 60_000;

/** Where sshd looks besides what the system brings (nix/ssh.nix). */
const AUTHORIZED: SecretFile = {
  secret: "authorized-keys",
  path: "/var/lib/kluster/authorized_keys.d/root",
  mode: "0644",
};
const FILES = [AUTHORIZED, { ...HOST_KEY, restartUnits: ["sshd.service"] }];

/**
 * The two keys of a machine's SSH: the one that it proves to be itself by, and the one that lets the operator in. A new
 * machine has them from the start. When one is another, the machine gets it by way of the earlier ones; and only when a
 * fresh login has proved the new ones, the earlier ones are out.
 */
export function loginKeys(services: MachineServices, port = 22): Resource<LoginKeysInputs, object> {
  const { scripts } = services;

  async function place(session: Session, { authorizedKey, hostPrivateKey }: LoginKeysInputs): Promise<void> {
    const secrets = { "authorized-keys": `${authorizedKey}\n`, "host-key": hostPrivateKey };
    await placeSomeSecrets(scripts, session, { files: FILES, secrets });
    await settleSecrets(scripts, session, { mayDisconnect: true }); // a fresh login shows whether it is there again
  }

  async function follow(inputs: LoginKeysInputs, { status, info, signal }: Context): Promise<void> {
    const wanted = { ...loginOf(inputs), port };
    const ways = waysIn(wanted, inputs.earlier);
    const onWait = (reason: string) => status(`waiting for the machine: ${reason}`);
    let way: Login = wanted;
    const opening = waitForSsh(wanted, { deadline: REACH_DEADLINE, onWait, signal }, async (_, options) => {
      const { login, session } = await connectByAny(ways, options);
      way = login;
      return session;
    });
    // The system's own key stays good beside it until the system is another.
    await withSession(opening, (session) => place(session, inputs));
    const proof = waitForSsh(wanted, { deadline: PROOF_DEADLINE, grace: PROOF_DEADLINE, onWait, signal });
    await withSession(proof, async () => undefined).catch((error) => {
      throw new Error(
        `${inputs.machine} has got its new keys, but does not go by them: ${(error as Error).message}. The earlier ones still open it. If its system is of before keys could be changed, take kluster:rotate out, run \`pulumi up\`, and then ask for new keys again`,
      );
    });
    if (way.hostKey !== wanted.hostKey)
      info(`${inputs.machine} has another host key from now on: ${fingerprint(wanted.hostKey)}`);
  }

  return implement(LOGIN_KEYS, {
    replaceOn: ["identity"],
    ignore: ["address", "machine", "privateKey", "hostPrivateKey", "earlier"],
    create: async ({ identity }) => ({ id: identity, outputs: {} }),
    async update(_id, { inputs }, context) {
      await follow(inputs, context);
      return {};
    },
  });
}
