import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { engineAddress } from "../../provider/engine";

test.each([
  ["alone", ["127.0.0.1:4711"]],
  ["after what pulumi --logflow adds", ["-logtostderr", "-v=9", "127.0.0.1:4711"]],
  ["after what pulumi --tracing adds", ["--tracing=http://127.0.0.1:9411", "127.0.0.1:4711"]],
  ["after a flag whose value stands alone", ["--tracing", "http://127.0.0.1:9411", "127.0.0.1:4711"]],
  ["before flags", ["127.0.0.1:4711", "--logflow"]],
])("the engine's address is found %s", (_, args) => {
  expect(engineAddress(args)).toBe("127.0.0.1:4711");
});

test.each([[[]], [["--logflow"]]])("no address is an error that says who gives one: %j", (args) => {
  expect(() => engineAddress(args)).toThrow(/Pulumi starts this program/);
});

test("the plugin serves when Pulumi gives it flags, and ends with its engine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kluster-plugin-"));
  const engine = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  try {
    await once(engine, "listening");
    const program = join(folder, "provider.js");
    buildSync({
      entryPoints: [join(__dirname, "../../provider/main.ts")],
      bundle: true,
      platform: "node",
      external: ["*.node", "cpu-features", "typescript", "ts-node"],
      outfile: program,
      logLevel: "error",
    });
    const { port } = engine.address() as AddressInfo;
    const args = [program, "--logflow", "--tracing=http://127.0.0.1:9411", `127.0.0.1:${port}`];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true, // as Pulumi does; it ends its own group
    });
    const ended = once(child, "exit");
    const [answer] = await Promise.race([once(child.stdout, "data"), ended]);
    expect(String(answer)).toMatch(/^\d+\n$/);
    engine.close();
    await ended;
  } finally {
    engine.close();
    rmSync(folder, { recursive: true });
  }
});
