import { connect } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { printable } from "./printable";

type Severity = "info" | "warning";

const SEVERITIES: Record<Severity, LogRequest["getSeverity"] extends () => infer S ? S : never> = {
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
};

/** The Pulumi engine that started this plugin. */
export class Engine {
  private readonly client: EngineClient;

  /** @param address host:port, see {@link engineAddress} */
  constructor(private readonly address: string) {
    this.client = new EngineClient(address, grpc.credentials.createInsecure());
  }

  /** Shows a line beside a resource; an ephemeral one only until the next. */
  log(severity: Severity, urn: string, message: string, ephemeral = false): void {
    const request = new LogRequest();
    request.setSeverity(SEVERITIES[severity]);
    request.setUrn(urn);
    request.setMessage(printable(message)); // machines and other programs have their words in it
    request.setEphemeral(ephemeral);
    this.client.log(request, () => {}); // a lost line is no reason to fail
  }

  /**
   * Calls `gone` when the engine no longer accepts connections. After `kill -9` of the CLI a plugin would
   * otherwise live on and finish its creations behind the back of the next run.
   */
  watch(gone: () => void, interval = 1000): void {
    const [host, port] = splitAddress(this.address);
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
}

/**
 * Address of the engine, host:port, among the plugin's arguments. Flags of Pulumi's come before it, some of them with a
 * value that stands alone: `pulumi up --tracing=… --logflow`.
 *
 * @throws Error when there is none
 */
export function engineAddress(args: string[]): string {
  const address = args.filter((arg) => !arg.startsWith("-")).pop();
  if (address === undefined)
    throw new Error("no engine's address is among the arguments: Pulumi starts this program, and gives one");
  return address;
}

function splitAddress(address: string): [string, number] {
  const colon = address.lastIndexOf(":");
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}
