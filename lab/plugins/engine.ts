import { connect } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

const SEVERITIES = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};
export type Severity = keyof typeof SEVERITIES;

/** Shows a line beside a resource; an ephemeral one only until the next. */
export type Log = (severity: Severity, urn: string, message: string, ephemeral?: boolean) => void;

/** Lines go to the engine at `address` (host:port), or nowhere without one. */
export function engineLog(address: string | undefined): Log {
  if (!address) return () => {};
  const client = new EngineClient(address, grpc.credentials.createInsecure());
  return (severity, urn, message, ephemeral = false) => {
    const request = new LogRequest();
    request.setSeverity(SEVERITIES[severity]);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    client.log(request, () => {}); // a lost line is no reason to fail
  };
}

/**
 * Calls `gone` when the engine no longer accepts connections. After `kill -9` of the CLI the official plugins live
 * on and finish their creations behind the back of the next run; no rehearsal needs that.
 * @param interval milliseconds between two looks
 */
export function watchEngine(address: string, gone: () => void, interval = 1000): void {
  const colon = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  const look = () => {
    const socket = connect({ host, port });
    const done = (alive: boolean) => {
      socket.destroy();
      if (!alive) return gone();
      setTimeout(look, interval).unref();
    };
    socket.setTimeout(5000, () => done(true)); // slow is not gone
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  };
  look();
}
