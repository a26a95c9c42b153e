import { spawn } from "node:child_process";
import { Connection, Server, ServerChannel, utils } from "ssh2";
import { generateSshKeyPair, SshKeyPair } from "../../../provider/keys";

/** What a host answers with in place of running a command. */
export type Answer = { stdout?: string; stderr?: string; seconds?: number } | { instead: string };

/** A host with an SSH server that runs commands by `sh -c`, one client key, and no AcceptEnv unless told. */
export interface SshHost {
  port: number;
  hostKey: SshKeyPair;
  clientKey: SshKeyPair;
  /** Commands that are answered otherwise. */
  answers: Map<string, Answer>;
  /** Every command that was run, with what it got on standard input. */
  ran: { command: string; stdin: string }[];
  /** Connections that came, logged in or not. */
  connections: number;
  stop(): Promise<void>;
}

export async function startSshHost(
  options: { acceptEnv?: string[]; port?: number; hostKey?: SshKeyPair; clientKey?: SshKeyPair } = {},
): Promise<SshHost> {
  const hostKey = options.hostKey ?? generateSshKeyPair("host");
  const clientKey = options.clientKey ?? generateSshKeyPair("client");
  const allowed = utils.parseKey(clientKey.publicKey);
  if (allowed instanceof Error) throw allowed;
  const host: SshHost = {
    port: 0,
    hostKey,
    clientKey,
    answers: new Map(),
    ran: [],
    connections: 0,
    stop: () => {
      for (const client of clients) client.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  const clients = new Set<Connection>();

  const server = new Server({ hostKeys: [hostKey.privateKey] }, (client) => {
    host.connections++;
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => {}); // clients that break off are part of the tests
    client.on("authentication", (attempt) => {
      const isRight =
        attempt.method === "publickey" &&
        attempt.key.data.equals(allowed.getPublicSSH()) &&
        (!attempt.signature || allowed.verify(attempt.blob!, attempt.signature, attempt.hashAlgo) === true);
      if (isRight) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      const environment: Record<string, string> = {};
      accept()
        .on("env", (accept, reject, { key, val }) => {
          if (!options.acceptEnv?.includes(key)) return reject?.();
          environment[key] = val;
          accept?.();
        })
        .on("exec", (accept, _reject, { command }) => execute(host, accept(), command, environment));
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  host.port = (server.address() as { port: number }).port;
  return host;
}

async function execute(
  host: SshHost,
  channel: ServerChannel,
  command: string,
  environment: Record<string, string>,
): Promise<void> {
  const chunks: Buffer[] = [];
  channel.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => channel.once("end", resolve));
  const stdin = Buffer.concat(chunks).toString("utf8");
  host.ran.push({ command, stdin });
  const answer = host.answers.get(command);
  if (answer && !("instead" in answer)) {
    await new Promise((resolve) => setTimeout(resolve, (answer.seconds ?? 0) * 1000));
    if (answer.stdout) channel.write(answer.stdout);
    if (answer.stderr) channel.stderr.write(answer.stderr);
    return end(channel, () => channel.exit(0));
  }
  const child = spawn("/bin/sh", ["-c", answer?.instead ?? command], {
    env: { ...process.env, ...environment },
  });
  child.stdout.on("data", (data) => channel.write(data));
  child.stderr.on("data", (data) => channel.stderr.write(data));
  child.stdin.on("error", () => {}); // the command may end without reading its input
  child.stdin.end(stdin);
  child.on("close", (code, signal) =>
    end(channel, () => (signal ? channel.exit(signal.replace(/^SIG/, "")) : channel.exit(code ?? 0))),
  );
}

/** Ends a channel after all of its standard error: ssh2's `end` waits for standard output alone. */
function end(channel: ServerChannel, exit: () => void): void {
  channel.stderr.end(() => {
    exit();
    channel.end();
  });
}
