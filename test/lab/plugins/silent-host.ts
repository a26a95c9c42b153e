import { spawn } from "node:child_process";
import { connect, Socket } from "node:net";

/**
 * An address at which connections are neither accepted nor refused: a process that listens, is stopped, and has as
 * many callers waiting as the system keeps for it.
 */
export async function silentHost(): Promise<{ port: number; stop(): void }> {
  const program = `const s = require("net").createServer().listen(
    { port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port))`;
  const listener = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) =>
    listener.stdout.setEncoding("utf8").once("data", (text: string) => resolve(Number(text))),
  );
  listener.kill("SIGSTOP");
  const waiting: Socket[] = [];
  // The first that is not taken within this time shows that there is no more room.
  while (await isTaken(port, waiting, 500));
  return {
    port,
    stop: () => {
      for (const socket of waiting) socket.destroy();
      listener.kill("SIGKILL");
    },
  };
}

function isTaken(port: number, waiting: Socket[], patience: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {});
  waiting.push(socket);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), patience);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
