import { connect, ConnectOptions } from "./connection";
import type { Answer } from "./either";
import { Login } from "./endpoint";
import { SshError } from "./error";

/**
 * Logs in on a machine that may have any of some host keys, and may be opened by any of some keys of the operator.
 * @param logins at one address, the best first
 * @throws SshError as connect does; where all were refused, what was said of the first
 */
export async function connectByAny(
  logins: readonly Login[],
  options: ConnectOptions,
  attempt: typeof connect = connect,
): Promise<Answer> {
  let refusal: SshError | undefined;
  for (const login of logins) {
    try {
      return { login, session: await attempt(login, options) };
    } catch (error) {
      const isRefusal =
        error instanceof SshError && (error.reason === "host-key" || error.reason === "authentication");
      if (!isRefusal) throw error;
      refusal ??= error;
    }
  }
  throw refusal!;
}

/** All ways in with these keys: those with the wanted ones first. */
export function waysIn(
  wanted: Login,
  earlier: { hostKeys: readonly string[]; privateKeys: readonly string[] },
): Login[] {
  return [wanted.hostKey, ...earlier.hostKeys].flatMap((hostKey) =>
    [wanted.privateKey, ...earlier.privateKeys].map((privateKey) => ({ ...wanted, hostKey, privateKey })),
  );
}
