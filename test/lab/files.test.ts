import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesWith } from "./e2e/support/files";

const folder = mkdtempSync(join(tmpdir(), "kluster-files-"));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("looking for texts in files that others may be at", () => {
  test("finds them at any depth, and in a file that is named itself", () => {
    mkdirSync(at("a", "b"), { recursive: true });
    writeFileSync(at("a", "b", "key"), "before s3cret after");
    writeFileSync(at("a", "other"), "nothing");
    expect(filesWith(["s3cret"], at("a"))).toEqual([at("a", "b", "key")]);
    expect(filesWith(["s3cret"], at("a", "b", "key"))).toEqual([at("a", "b", "key")]);
  });

  test("passes over what is gone by now", () => {
    expect(filesWith(["s3cret"], at("gone"))).toEqual([]);
  });

  test("passes over links, sockets and pipes, which would lead elsewhere or wait for ever", async () => {
    mkdirSync(at("odd"));
    symlinkSync(at("nowhere"), at("odd", "dangling"));
    symlinkSync(at("a"), at("odd", "elsewhere"));
    spawnSync("mkfifo", [at("odd", "pipe")]);
    const server = createServer().listen(at("odd", "socket"));
    await once(server, "listening");
    try {
      for (const path of ["", "dangling", "elsewhere", "pipe", "socket"])
        expect(filesWith(["s3cret"], at("odd", path))).toEqual([]);
    } finally {
      server.close();
    }
  });

  test("goes on while somebody makes and removes files there", async () => {
    mkdirSync(at("busy"));
    writeFileSync(at("busy", "key"), "s3cret");
    const script =
      'cd "$1" && echo started && while :; do mkdir -p d/e; echo x >d/e/f; echo x >g; rm -r d g; done';
    const busy = spawn("sh", ["-c", script, "sh", at("busy")], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(busy.stdout, "data");
      for (let look = 0; look < 500; look++)
        expect(filesWith(["s3cret"], at("busy"))).toEqual([at("busy", "key")]);
    } finally {
      busy.kill("SIGKILL");
      await once(busy, "close");
    }
  });
});
