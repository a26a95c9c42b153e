/** SSH to machines whose keys are known beforehand; by ourselves, and through the system's ssh for Nix. */
export { Agent } from "./agent";
export { connect } from "./connection";
export type { ConnectOptions, Session } from "./connection";
export { connectByAny, waysIn } from "./any-key";
export { connectToEither } from "./either";
export type { Answer } from "./either";
export type { Endpoint, Login } from "./endpoint";
export { where } from "./endpoint";
export { sshEnvironment, sshOptions } from "./environment";
export { SshError } from "./error";
export type { SshFailure } from "./error";
export type { ExecOptions } from "./exec";
export { waitForSsh } from "./wait";
export type { WaitOptions } from "./wait";
export { waitAtEither } from "./wait-at-either";
export { withSession } from "./with-session";
