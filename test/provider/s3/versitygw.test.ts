import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { systemClock } from "../../../provider/clock";
import { Bucket } from "../../../provider/s3/bucket";
import { S3Target } from "../../../provider/s3/exchange";
import { freePort } from "../ssh/sshd";

/**
 * A server by others, which checks signatures and checksums with code of its own:
 * `go install github.com/versity/versitygw/cmd/versitygw@v1.8.0`. It is in the PATH, or KLUSTER_VERSITYGW has its path.
 */
const program = process.env.KLUSTER_VERSITYGW ?? "versitygw";
const isThere = spawnSync(program, ["--version"]).status === 0;

(isThere ? describe : describe.skip)(
  "with versitygw, a server by others (skipped where it is not installed)",
  () => {
    let folder: string;
    let server: ChildProcess;
    let target: S3Target;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "kluster-versitygw-"));
      for (const name of ["data", "data/kluster", "meta"]) mkdirSync(join(folder, name));
      const port = await freePort();
      const [accessKey, secretKey] = ["AKIAEXAMPLE", "secret/of+versitygw="];
      server = spawn(
        program,
        [
          ...["--port", `127.0.0.1:${port}`, "--quiet"],
          "posix",
          "--sidecar",
          join(folder, "meta"),
          join(folder, "data"),
        ],
        {
          stdio: "ignore",
          env: { ...process.env, ROOT_ACCESS_KEY_ID: accessKey, ROOT_SECRET_ACCESS_KEY: secretKey },
        },
      );
      target = {
        ...{ endpoint: `http://127.0.0.1:${port}`, bucket: "kluster", prefix: "" },
        ...{ region: "us-east-1", accessKey, secretKey },
      };
      await listens(port);
    });
    afterAll(async () => {
      if (server?.exitCode === null) {
        const gone = new Promise((resolve) => server.once("exit", resolve));
        server.kill();
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    });

    const bucket = (changes: Partial<S3Target> = {}) => new Bucket({ ...target, ...changes });

    test("a file goes there, is listed, comes back the same, and goes", async () => {
      const content = randomBytes(20_000_000);
      writeFileSync(join(folder, "file"), content);
      await bucket().put("some/prefix/a.age", join(folder, "file"));
      expect(await bucket().list("some/prefix/")).toEqual([
        { key: "some/prefix/a.age", size: content.length },
      ]);
      await bucket().get("some/prefix/a.age", (stream) =>
        pipeline(stream, createWriteStream(join(folder, "back"))),
      );
      expect(readFileSync(join(folder, "back")).equals(content)).toBe(true);
      await bucket().delete("some/prefix/a.age");
      await bucket().delete("some/prefix/a.age");
      expect(await bucket().list("some/prefix/")).toEqual([]);
    });

    test("a list has more than the thousand of one page", async () => {
      for (let index = 0; index < 1005; index++)
        writeFileSync(join(folder, "data/kluster", `many-${index}`), "x");
      expect(new Set((await bucket().list("many-")).map(({ key }) => key)).size).toBe(1005);
    });

    test.each<[string, Partial<S3Target>, string]>([
      ["another access key", { accessKey: "AKIAOTHER" }, "XAdminUserNotFound"], // a code of its own,
      ["another secret key", { secretKey: "other" }, "SignatureDoesNotMatch"],
      ["another bucket", { bucket: "other" }, "NoSuchBucket"],
      ["another region", { region: "fsn1" }, "AuthorizationHeaderMalformed"],
    ])("%s", async (_, changes, code) => {
      await expect(bucket(changes).list("")).rejects.toMatchObject({ code });
      writeFileSync(join(folder, "file"), randomBytes(5_000_000));
      await expect(bucket(changes).put("key", join(folder, "file"))).rejects.toMatchObject({ code });
    });
  },
);

/** @throws Error where it does not within a minute */
async function listens(port: number): Promise<void> {
  for (const end = Date.now() + 60_000; ; await systemClock.sleep(100)) {
    const answers = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, "127.0.0.1", () => resolve(true)).on("error", () =>
        resolve(false),
      );
      socket.unref();
      socket.setTimeout(1000, () => socket.destroy());
    });
    if (answers) return;
    if (Date.now() > end) throw new Error("versitygw does not listen after a minute");
  }
}
