import { connect, ConnectOptions, Session } from "./connection";
import { Login, where } from "./endpoint";
import { SshError } from "./error";

/** A session with that one of two systems which answers. */
export interface Answer {
  login: Login;
  session: Session;
}

/**
 * Logs in at an address where one of two systems may answer, each known by its own pinned host key.
 * @throws SshError as connect does; "host-key" when it is neither of them
 */
export async function connectToEither(first: Login, second: Login, options: ConnectOptions): Promise<Answer> {
  try {
    return { login: first, session: await connect(first, options) };
  } catch (error) {
    if (!isHostKey(error)) throw error;
  }
  try {
    return { login: second, session: await connect(second, options) };
  } catch (error) {
    if (!isHostKey(error)) throw error;
    throw new SshError(
      "host-key",
      `${where(first)} has neither of the two host keys that were made for it; ${error.message}`,
    );
  }
}

function isHostKey(error: unknown): error is SshError {
  return error instanceof SshError && error.reason === "host-key";
}
