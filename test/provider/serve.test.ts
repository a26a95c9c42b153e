import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { buildSync } from "esbuild";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { serve, Served } from "../../provider/serve";

/** Only root can start a process of somebody else; and only Linux tells who calls. */
const asRoot = process.platform === "linux" && process.getuid!() === 0 ? test : test.skip;
const NOBODY = 65534;

/** A program that calls the plugin at the port that is its argument, and prints the code and the words it gets. */
const caller = () =>
  buildSync({
    stdin: {
      contents: `
        import * as grpc from "@grpc/grpc-js";
        import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
        import { Empty } from "google-protobuf/google/protobuf/empty_pb";
        const client = new ResourceProviderClient("127.0.0.1:" + process.argv[2], grpc.credentials.createInsecure());
        client.cancel(new Empty(), (error) => {
          console.log(error ? error.code + " " + error.details : "0 done");
          process.exit();
        });`,
      resolveDir: join(__dirname, "../.."),
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    write: false,
  }).outputFiles[0].text;

async function callAs(uid: number, port: number): Promise<string> {
  const child = spawn(process.execPath, ["-", `${port}`], {
    cwd: "/",
    uid,
    gid: uid,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(caller());
  let output = "";
  for await (const text of child.stdout) output += text;
  return output.trim();
}

describe("the plugin's port", () => {
  let served: Served;
  let calls: number;
  beforeEach(async () => {
    calls = 0;
    const cancel: grpc.handleUnaryCall<Empty, Empty> = (_call, answer) => {
      calls++;
      answer(null, new Empty());
    };
    served = await serve(ResourceProviderService, { cancel });
  });
  afterEach(() => served.stop());

  const call = (address: string) =>
    new Promise<void>((resolve, reject) => {
      const client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
      client.cancel(new Empty(), (error) => {
        client.close();
        if (error) reject(error);
        else resolve();
      });
    });

  test("answers its own user", async () => {
    await call(`127.0.0.1:${served.port}`);
    await call(`127.0.0.1:${served.port}`);
    expect(calls).toBe(2);
  });

  test("answers a program that reaches IPv4 by way of IPv6", async () => {
    await call(`[::ffff:127.0.0.1]:${served.port}`);
    expect(calls).toBe(1);
  });

  asRoot("answers root's processes", async () => {
    expect(await callAs(0, served.port)).toBe("0 done");
  });

  asRoot("refuses another user, and says why", async () => {
    const answer = await callAs(NOBODY, served.port);
    expect(answer).toMatch(/^7 only user 0, who runs kluster's plugin, and root may call it/);
    expect(calls).toBe(0);
  });

  // What is closed has no owner, and many versions of Linux show root in his place.
  asRoot("refuses another user who has gone before he is looked at", async () => {
    const program = `
      const session = require("http2").connect("http://127.0.0.1:${served.port}");
      const call = session.request({
        ":method": "POST",
        ":path": "/pulumirpc.ResourceProvider/Cancel",
        "content-type": "application/grpc",
        te: "trailers",
      });
      call.end(Buffer.alloc(5));
      setTimeout(() => process.exit(), 300);`;
    // It ends before this process, which waits for it, accepts its connection.
    const { status } = spawnSync(process.execPath, ["-e", program], { cwd: "/", uid: NOBODY, gid: NOBODY });
    expect(status).toBe(0);
    const rows = readFileSync("/proc/net/tcp", "utf8");
    expect(rows).toContain(`:${served.port.toString(16).toUpperCase().padStart(4, "0")}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls).toBe(0);
  });

  test("survives whoever speaks no gRPC", async () => {
    const socket = connect(served.port, "127.0.0.1");
    socket.end("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => socket.on("error", resolve).on("close", resolve).resume());
    await call(`127.0.0.1:${served.port}`);
  });
});
