import { Clock } from "../clock";
import { AdministratorInputs } from "../declarations/kubernetes";
import { administrator } from "../kubernetes/administrator";
import { Context } from "../resource";
import { waitForSsh, withSession } from "../ssh";
import { MachineServices } from "../machine-services";
import { loginOf } from "./login";

/** A script of scripts/ that takes the administrator's kubeconfig as the first line of its standard input. */
interface Act {
  script: string;
  args: string[];
  /** Further lines. */
  lines?: string[];
  /** Milliseconds. */
  timeout: number;
}

const REACH_DEADLINE = 120_000;

/**
 * Runs a script on the master as administrator.
 * @param purpose as the audit log shows it
 * @returns what the script printed; each line was a status
 */
export async function asAdministrator(
  { services, clock, port }: { services: MachineServices; clock: Clock; port: number },
  inputs: AdministratorInputs,
  purpose: string,
  { script, args, lines = [], timeout }: Act,
  { signal, status }: Context,
): Promise<string> {
  const kubeconfig = await administrator(purpose, inputs, new Date(clock.now()));
  const onWait = (reason: string) => status(`waiting for the machine: ${reason}`);
  const opening = waitForSsh({ ...loginOf(inputs), port }, { deadline: REACH_DEADLINE, onWait, signal });
  const stdin = [kubeconfig, ...lines].map((line) => `${line}\n`).join("");
  return withSession(opening, (session) =>
    services.scripts.run(session, script, args, { stdin, timeout, onLine: status, signal }),
  );
}

/** Names that a script has printed, each on a line after the word that says what they are. */
export const namesIn = (text: string, word: string): string[] =>
  [...text.matchAll(new RegExp(`^${word} (\\S+)$`, "gm"))].map(([, name]) => name);
