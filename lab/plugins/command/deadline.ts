import * as grpc from "@grpc/grpc-js";
import { PluginError } from "../errors";

/**
 * Aborted with the call, or when its time is up.
 * @param timeout whole seconds; undefined: no limit
 */
export const deadline = (call: AbortSignal, timeout: number | undefined): AbortSignal =>
  timeout === undefined ? call : AbortSignal.any([call, AbortSignal.timeout(Math.trunc(timeout) * 1000)]);

/** What an aborted call fails with. */
export const contextError = ({ reason }: AbortSignal): PluginError =>
  reason?.name === "TimeoutError"
    ? new PluginError("context deadline exceeded", grpc.status.DEADLINE_EXCEEDED)
    : new PluginError("context canceled", grpc.status.CANCELLED);

/** The same error with words before or after; its status stays. */
export function reworded(error: unknown, text: (message: string) => string): Error {
  const message = text((error as Error).message);
  return error instanceof PluginError ? new PluginError(message, error.code) : new Error(message);
}
