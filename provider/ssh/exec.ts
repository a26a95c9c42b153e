import { Readable, Writable } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { Finished } from "../process";
import { SshError } from "./error";
import { LineSplitter } from "./lines";

export interface ExecOptions {
  /**
   * What the command's standard input is, which is closed after it; secrets travel here, never in the command. A
   * stream is read no faster than the command takes it, and destroyed when the call ends. Where the stream fails,
   * the call rejects with its error; the command then meets an end of file all the same.
   */
  stdin?: string | Buffer | Readable;
  /**
   * Takes what the command prints as it is, no faster than it can, in place of the result and `onLine`. The caller ends
   * it; where it fails, the call rejects with its error.
   */
  stdout?: Writable;
  /** Milliseconds after which the call rejects. */
  timeout: number;
  /** Called for each whole line as it comes. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Gives up waiting for the command when aborted. */
  signal?: AbortSignal;
}

/** Output that comes after the exit status is waited for until there was none for this long (ms). */
const lastWordsPatience = 500;

/**
 * Runs one command over an open connection, to its end.
 *
 * @param host the endpoint, for messages
 * @param whyLost says what is known about the loss of the connection
 * @throws SshError "timeout" when the time is up, "closed" when the connection is lost before the command has ended.
 *   In both cases the command may go on: SSH has no reliable way to stop it. Commands that must not be left
 *   behind limit themselves (`timeout`, systemd-run).
 */
export function execute(
  client: Client,
  host: string,
  whyLost: () => string,
  command: string,
  options: ExecOptions,
): Promise<Finished> {
  const what = `"${excerpt(command)}" on ${host}`;
  const output = { stdout: "", stderr: "" };
  let channel: ClientChannel | undefined;

  return new Promise<Finished>((resolve, reject) => {
    let settled = false;
    let code: number | null | undefined;
    let patience: NodeJS.Timeout | undefined;
    const lines = (["stdout", "stderr"] as const).map(
      (stream) => new LineSplitter((line) => options.onLine?.(line, stream)),
    );

    const settle = (how: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearTimeout(patience);
      client.removeListener("close", onLost);
      options.signal?.removeEventListener("abort", onAbort);
      channel?.close();
      if (options.stdin instanceof Readable) options.stdin.destroy();
      how();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    const finish = () =>
      settle(() => {
        try {
          for (const splitter of lines) splitter.end();
          resolve({ code: code!, ...output });
        } catch (error) {
          reject(error);
        }
      });

    const onAbort = () => fail(options.signal!.reason);
    const onLost = () =>
      // The exit status came, and then the connection broke: that is how `reboot` ends.
      code !== undefined
        ? finish()
        : fail(
            new SshError(
              "closed",
              `The connection was lost during ${what}: ${whyLost()}${lastLines(output)}`,
            ),
          );
    const timer = setTimeout(
      () =>
        fail(
          new SshError(
            "timeout",
            `${what} did not end within ${options.timeout / 1000} s${lastLines(output)}`,
          ),
        ),
      options.timeout,
    );
    if (options.stdin instanceof Readable) {
      // Before there is a channel, too: an error that nobody listens to would end the process.
      options.stdin.on("error", fail);
      if (options.stdin.errored) return fail(options.stdin.errored); // it told those who listened then
    }
    options.stdout?.on("error", fail);
    if (options.signal?.aborted) return onAbort();
    options.signal?.addEventListener("abort", onAbort);
    client.once("close", onLost);

    const afterOutput = () => {
      // Where it is taken, the last of it may have to wait for who takes it.
      if (code === undefined || options.stdout) return;
      // A daemon that the command left behind may hold the output open for ever.
      clearTimeout(patience);
      patience = setTimeout(finish, lastWordsPatience);
    };

    const onChannel = (error: Error | undefined, opened: ClientChannel) => {
      if (error) {
        return fail(new SshError("closed", `${host} did not start "${excerpt(command)}": ${error.message}`));
      }
      channel = opened;
      if (settled) return opened.close();
      let open = 2;
      const closed = () => {
        if (--open > 0) return;
        if (code !== undefined) finish();
        else fail(new SshError("closed", `${what} ended without an exit status${lastLines(output)}`));
      };
      opened.on("exit", (status: number | null) => {
        code = status;
        afterOutput();
      });
      opened.on("close", closed);
      opened.stderr.on("close", closed);
      opened.on("error", () => {}); // the command may end without reading its input
      if (options.stdout) takeOutput(opened, options.stdout);
      [opened, opened.stderr].forEach((stream, i) => {
        if (i === 0 && options.stdout) return;
        stream.setEncoding("utf8").on("data", (text: string) => {
          if (settled) return;
          output[i === 0 ? "stdout" : "stderr"] += text;
          try {
            lines[i].push(text);
          } catch (error) {
            fail(error); // onLine threw
          }
          afterOutput();
        });
      });
      if (options.stdin instanceof Readable) options.stdin.pipe(opened);
      else opened.end(options.stdin);
    };

    try {
      client.exec(command, onChannel);
    } catch {
      onLost(); // ssh2 throws where the connection is already gone
    }
  });
}

function takeOutput(from: Readable, to: Writable): void {
  from.on("data", (bytes: Buffer) => {
    if (to.writable && !to.write(bytes)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  });
}

/** Enough of a command to recognise it by. */
function excerpt(command: string): string {
  const line = command.trim().split("\n", 1)[0];
  return line.length > 80 || line.length < command.trim().length ? `${line.slice(0, 79)}…` : line;
}

/** What the command said last on stderr: nobody else can tell, as the caller does not get the output. */
function lastLines({ stderr }: { stderr: string }): string {
  const lines = stderr.trimEnd().split("\n").slice(-5).join("\n").slice(-1000);
  return lines === "" ? "" : `; its last words:\n${lines}`;
}
