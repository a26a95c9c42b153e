import { connect, isIPv6, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { Client, ServerHostKeyAlgorithm } from "ssh2";
import { PluginError } from "../errors";
import type { Properties } from "../values";
import { contextError, reworded } from "./deadline";
import { goErrno } from "./go-text";
import { authenticate, Login, loginOf } from "./login";

/** Milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/**
 * A connection to a host, logged in. It is tried once more than `dialErrorLimit` says, endlessly with -1, with longer
 * and longer pauses.
 * @param signal ends the tries, but not the one that is under way
 * @param status is told of each try that failed
 */
export async function dial(
  connection: Properties,
  signal: AbortSignal,
  status: (message: string) => void,
): Promise<Client> {
  const login = await loginOf(connection);
  const limit: number = connection.dialErrorLimit;
  let pause = FIRST_PAUSE;
  for (let failed = 0; ; failed++) {
    try {
      return await dialOnce(connection, login);
    } catch (error) {
      if (limit >= 0 && failed >= limit)
        throw reworded(error, (message) => `after ${failed} failed attempts: ${message}`);
      status(`Dial ${failed + 1}/${limit === -1 ? "inf" : limit} failed: retrying`);
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw contextError(signal);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

async function dialOnce({ host, port, perDialTimeout }: Properties, login: Login): Promise<Client> {
  const socket = await dialTcp(host, Math.trunc(port), perDialTimeout * 1000);
  return shakeHands(socket, login);
}

/** @param limit milliseconds that a host has to answer; 0: as long as the system waits */
function dialTcp(host: string, port: number, limit: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }); // as in Go
    const fail = (error: Error) => {
      socket.destroy();
      clearTimeout(timer);
      reject(error);
    };
    const late = () =>
      fail(
        new PluginError(
          `dial tcp ${joinHostPort(host, port)}: i/o timeout`,
          grpc.status.DEADLINE_EXCEEDED, // as Go's gRPC tells every error that is a missed deadline
        ),
      );
    const timer = limit > 0 ? setTimeout(late, limit) : undefined;
    socket.once("error", (error: DialError) => fail(new Error(dialFault(host, port, error))));
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

type DialError = NodeJS.ErrnoException & { address?: string };

function dialFault(host: string, port: number, error: DialError): string {
  if (error.syscall === "getaddrinfo") return `dial tcp: lookup ${host}: no such host`;
  return `dial tcp ${joinHostPort(error.address ?? host, port)}: connect: ${goErrno(error)}`;
}

const joinHostPort = (host: string, port: number) => `${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** Has no time limit: a host that takes the connection and then says nothing is waited for. */
function shakeHands(socket: Socket, login: Login): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const ends = `${joinHostPort(socket.localAddress!, socket.localPort!)}->${joinHostPort(socket.remoteAddress!, socket.remotePort!)}`;
    const attempted: string[] = [];
    const { hostKey } = login;
    let mismatch = false;
    const fail = (message: string) => {
      socket.destroy();
      reject(new Error(`ssh: handshake failed: ${message}`));
    };
    client.on("error", (error: NodeJS.ErrnoException & { level?: string }) => {
      if (mismatch) fail("ssh: host key mismatch");
      else if (error.level === "client-authentication")
        fail(
          `ssh: unable to authenticate, attempted methods [${attempted.join(" ")}], no supported methods remain`,
        );
      else fail(handshakeFault(error, ends));
    });
    client.on("close", () => fail("EOF"));
    client.on("ready", () => {
      client.removeAllListeners("close");
      resolve(client); // a later error ends the channels, which is how the running command hears of it
    });
    client.connect({
      sock: socket,
      username: login.user,
      readyTimeout: 0,
      authHandler: authenticate(login, attempted),
      ...(hostKey && {
        algorithms: { serverHostKey: algorithmsOf(hostKey.type) },
        hostVerifier: (key: Buffer) => !(mismatch = !key.equals(hostKey.getPublicSSH())),
      }),
    });
  });
}

/** A pinned key pins its algorithm, too. */
const algorithmsOf = (type: string): ServerHostKeyAlgorithm[] =>
  (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type]) as ServerHostKeyAlgorithm[];

/** @param ends both addresses of the connection, as Go has them in its errors */
function handshakeFault(error: NodeJS.ErrnoException, ends: string): string {
  if (error.message.includes("no matching host key format")) return "ssh: no common algorithm for host key";
  if (error.message.includes("Connection lost before handshake")) return "EOF";
  if (error.syscall) return `${error.syscall} tcp ${ends}: ${error.syscall}: ${goErrno(error)}`;
  return `ssh: ${error.message}`;
}
