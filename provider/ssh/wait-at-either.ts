import { connect } from "./connection";
import { Login } from "./endpoint";
import { waitForSsh, WaitOptions } from "./wait";

/**
 * Waits until a machine answers at its old address or at its new one: which of them it has at the moment depends on how
 * far an earlier run has come, and on whether it has been switched off and on since.
 * @returns the login that let us in; the new one, where both are the same
 * @throws SshError as {@link waitForSsh} does
 */
export async function waitAtEither(
  { before, after }: { before: Login; after: Login },
  options: WaitOptions,
  attempt: typeof connect = connect,
): Promise<Login> {
  let turn = 0;
  let answered = after;
  const session = await waitForSsh(after, options, (_login, attemptOptions) => {
    answered = turn++ % 2 === 0 ? after : before;
    return attempt(answered, attemptOptions);
  });
  session.close();
  return answered.address === after.address ? after : answered;
}
