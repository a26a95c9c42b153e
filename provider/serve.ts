import { readFileSync } from "node:fs";
import { AddressInfo, createServer, Socket } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { ownerOf } from "./tcp-owner";

export interface Served {
  /** On the loopback address. */
  port: number;
  stop(): void;
}

/**
 * Serves a gRPC service on a free port of 127.0.0.1, for this process's own user and root. Every user of the box can
 * reach that port, and Pulumi has no password for it: so Linux is asked, once for each connection, whose socket is at
 * its other end. Calls of others are refused with PERMISSION_DENIED. On other systems than Linux, which have no
 * /proc/net, everybody on the box may call.
 *
 * @throws Error when no port is available
 */
export async function serve<Service extends grpc.ServiceDefinition>(
  service: Service,
  implementation: grpc.UntypedServiceImplementation,
): Promise<Served> {
  const open = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  open.addService(service, implementation);
  // Strangers get a server of their own, with nothing behind it.
  const closed = new grpc.Server({ interceptors: [refuse] });
  closed.addService(service, {});

  const credentials = grpc.ServerCredentials.createInsecure();
  const toOpen = open.createConnectionInjector(credentials);
  const toClosed = closed.createConnectionInjector(credentials);
  const listener = createServer((socket) => {
    (isOurs(socket) ? toOpen : toClosed).injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    stop: () => {
      listener.close();
      open.forceShutdown();
      closed.forceShutdown();
    },
  };
}

function isOurs({ localAddress, localPort, remoteAddress, remotePort }: Socket): boolean {
  if (process.platform !== "linux") return true;
  if (!localAddress || !localPort || !remoteAddress || !remotePort) return false; // it has gone already
  const from = { address: remoteAddress, port: remotePort };
  const to = { address: localAddress, port: localPort };
  // Linux may leave out a line when other connections come and go while it writes the table.
  for (let attempt = 0; attempt < 3; attempt++) {
    for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
      const uid = ownerOf(textOf(table), from, to);
      if (uid !== undefined) return uid === 0 || uid === process.getuid!();
    }
  }
  return false;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // a box without IPv6 has no table of it
  }
}

/** Answers before anything of the call is read. */
const refuse: grpc.ServerInterceptor = (_method, call) =>
  new grpc.ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: () =>
          call.sendStatus({
            code: grpc.status.PERMISSION_DENIED,
            details:
              `only user ${process.getuid!()}, who runs kluster's plugin, and root may call it; ` +
              "/proc/net/tcp and /proc/net/tcp6 do not show this connection as theirs",
          }),
      }),
  });
