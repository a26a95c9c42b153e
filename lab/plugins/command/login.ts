import { connect } from "node:net";
import { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, utils } from "ssh2";
import type { Properties } from "../values";
import { goErrno } from "./go-text";

/** How to log in to a host, all read and found good before the first dial. */
export interface Login {
  user: string;
  key?: ParsedKey;
  /** Socket of an SSH agent. */
  agent?: string;
  /** The only host key that is accepted; any is without it. */
  hostKey?: ParsedKey;
}

/** @throws where a key cannot be read, or the agent does not answer */
export async function loginOf(connection: Properties): Promise<Login> {
  const { user, privateKey, hostKey } = connection;
  const key = privateKey === undefined ? undefined : parseKey(privateKey);
  const agent = connection.agentSocketPath ?? (process.env.SSH_AUTH_SOCK || undefined);
  if (agent !== undefined) await dialAgent(agent); // even where a key is given
  return { user, key, agent, hostKey: hostKey === undefined ? undefined : parseKey(hostKey) };
}

function parseKey(text: string): ParsedKey {
  const key = utils.parseKey(text);
  if (key instanceof Error)
    throw new Error(
      /encrypted/i.test(key.message) ? "ssh: this private key is passphrase protected" : "ssh: no key found",
    );
  return Array.isArray(key) ? key[0] : key;
}

const dialAgent = (path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) => reject(new Error(`dial unix ${path}: connect: ${goErrno(error)}`)));
  });

/**
 * Asks first which methods there are, then tries one: the key, or without it those of the agent.
 * @param attempted gets the names of what was tried
 */
export function authenticate(login: Login, attempted: string[]): AuthHandlerMiddleware {
  const username = login.user;
  const methods: AnyAuthMethod[] = [{ type: "none", username }];
  if (login.key) methods.push({ type: "publickey", username, key: login.key });
  else if (login.agent) methods.push({ type: "agent", username, agent: login.agent });
  return (left, _partial, next) => {
    const method = methods.shift();
    const name = method?.type === "agent" ? "publickey" : method?.type;
    if (!method || !name || (name !== "none" && left && !left.includes(name))) return next(false as never);
    attempted.push(name);
    next(method);
  };
}
