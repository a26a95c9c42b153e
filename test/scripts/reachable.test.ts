import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const script = join(__dirname, "../../scripts/reachable.sh");

describe("whether the operator can still reach a machine", () => {
  let folder: string;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-reach-"));
    addresses(["127.0.0.1"], "eth1");
    await listen("SSH-2.0-OpenSSH_9.9\r\n");
  });
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  /** A machine's addresses, and the interface behind which everything is. */
  function addresses(own: string[], device: string): void {
    const words = `case $* in
      "-o address show to "*) case " ${own.join(" ")} " in *" \${!#} "*) echo "2: ${device} inet \${!#}" ;; esac ;;
      "route get "*) [ -z "${device}" ] || echo "\${!#} dev ${device} src x uid 0" ;;
      esac`;
    writeFileSync(join(folder, "ip"), `#!/bin/bash\n${words}\n`, { mode: 0o755 });
  }

  function listen(greeting: string): Promise<void> {
    server = createServer((socket) => socket.on("error", () => {}).end(greeting));
    return new Promise((resolve) =>
      server.listen(0, "127.0.0.1", () => {
        port = (server.address() as { port: number }).port;
        resolve();
      }),
    );
  }
  const close = () => new Promise((resolve) => server.close(resolve));

  async function ask(...args: string[]): Promise<string> {
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const [verb, ...rest] = args;
    return (
      await promisify(execFile)("bash", [script, verb, join(folder, "file"), ...rest], { env })
    ).stdout.trim();
  }
  const record = (connection = `10.0.0.1 50000 127.0.0.1 ${port}`) => ask("record", connection);

  test("is not told as long as nothing has changed", async () => {
    await record();
    expect(await ask("look")).toBe("");
  });

  test("is told by what has gone: the address, the way, the SSH server", async () => {
    await record();
    addresses(["10.0.0.9"], "eth1");
    expect(await ask("look")).toBe("the machine does not have the address 127.0.0.1");
    addresses(["127.0.0.1"], "eth0");
    expect(await ask("look")).toBe("the machine has no way to 10.0.0.1 by eth1");
    addresses(["127.0.0.1"], "");
    expect(await ask("look")).toBe("the machine has no way to 10.0.0.1 by eth1");
    addresses(["127.0.0.1"], "eth1");
    await close();
    expect(await ask("look")).toBe(`no SSH server answers at 127.0.0.1:${port} on the machine itself`);
    await listen("");
  });

  test("needs an SSH server, and not something else on its port", async () => {
    await record();
    const before = port;
    await close();
    server = createServer((socket) => socket.on("error", () => {}).end("HTTP/1.0 400\r\n"));
    await new Promise<void>((resolve) => server.listen(before, "127.0.0.1", resolve));
    expect(await ask("look")).toContain("no SSH server answers");
  });

  test.each([
    ["no connection", ""],
    ["one whose address is not the machine's", "10.0.0.1 50000 203.0.113.1 22"],
  ])("is not asked of %s: what was not seen is not missed", async (_, connection) => {
    await record(connection);
    addresses([], "");
    expect(await ask("look")).toBe("");
  });
});
