import { TRUST, TrustInputs } from "../declarations/nixos";
import { awayWhile } from "../nixos/restarts";
import { placeSomeSecrets, settleSecrets } from "../nixos/secrets";
import { SecretFile } from "../nixos/system";
import { Context, implement, Resource } from "../resource";
import { waitForSsh, withSession } from "../ssh";
import { hasUnknown } from "../values";
import { MachineServices } from "../machine-services";
import { loginOf } from "./login";

const REACH_DEADLINE = 120_000;
/** Some ten services of Kubernetes end and start. */
const RESTART_TIMEOUT = 180_000;

/**
 * Whom a machine trusts and what it can decrypt, at one moment of a run: once before any machine shows a new certificate,
 * and once more when all of them do (components/trust.ts). What reads such a file only at its start is restarted.
 */
export function trust(services: MachineServices, port = 22): Resource<TrustInputs, object> {
  const { scripts } = services;

  async function place(inputs: TrustInputs, { status, signal }: Context): Promise<void> {
    const { files, secrets } = inputs;
    const onWait = (reason: string) => status(`waiting for the machine: ${reason}`);
    const opening = waitForSsh({ ...loginOf(inputs), port }, { deadline: REACH_DEADLINE, onWait, signal });
    await withSession(opening, async (session) => {
      await placeSomeSecrets(scripts, session, { files, secrets });
      status("restarting what reads them only at its start");
      await settleSecrets(scripts, session, { timeout: RESTART_TIMEOUT, signal });
    });
  }

  return implement(TRUST, {
    replaceOn: ["identity"],
    ignore: ["address", "hostKey", "privateKey", "machine", "files", "placed"],
    foresee({ before, inputs }, { info }) {
      const changes = ({ secret }: SecretFile) => before.secrets[secret] !== inputs.secrets[secret];
      const files = hasUnknown(inputs.files) ? before.files : inputs.files;
      const restarted = [...new Set(files.filter(changes).flatMap(({ restartUnits = [] }) => restartUnits))];
      if (restarted.length > 0)
        info(
          [
            `${inputs.machine}: as trusted keys change, these restart: ${restarted.join(", ")}`,
            ...awayWhile(restarted),
          ].join("; "),
        );
      return {};
    },
    async create(inputs, context) {
      if (!inputs.placed) await place(inputs, context);
      return { id: inputs.identity, outputs: {} };
    },
    async update(_id, { inputs }, context) {
      await place(inputs, context);
      return {};
    },
  });
}
