import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Clock } from "../../../provider/clock";
import { Bucket } from "../../../provider/s3/bucket";
import { S3Error } from "../../../provider/s3/errors";
import { S3Target } from "../../../provider/s3/exchange";
import { S3StandIn } from "../../support/s3";
import { freePort } from "../ssh/sshd";

/** Nobody waits, and time goes on. */
function ticking(): Clock {
  let time = 0;
  return {
    now: () => time,
    sleep: async (milliseconds) => void (time += milliseconds),
  };
}

let folder: string;
let s3: S3StandIn;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kluster-s3-"));
  s3 = new S3StandIn();
  await s3.start();
});
afterEach(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true });
});

const bucket = (changes: Partial<S3Target> = {}, signal?: AbortSignal) =>
  new Bucket(s3.target(changes), { clock: ticking(), signal });
function file(content: Buffer | string): string {
  const path = join(folder, "file");
  writeFileSync(path, content);
  return path;
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error("it was done");
    },
    (error: S3Error) => error,
  );

test("what was uploaded is listed, comes back the same, and goes", async () => {
  const content = randomBytes(300_000);
  await bucket().put("a/b-1.age", file(content));
  expect(await bucket().list("a/")).toEqual([{ key: "a/b-1.age", size: 300_000 }]);
  const back = await bucket().get("a/b-1.age", async (stream) => {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  });
  expect(back.equals(content)).toBe(true);
  await bucket().delete("a/b-1.age");
  expect(s3.keys()).toEqual([]);
});

test("an upload is one request with its length and both checksums, and an empty file is one as well", async () => {
  await bucket().put("key", file("content"));
  expect(s3.seen).toMatchObject([
    {
      method: "PUT",
      url: "/kluster/key",
      headers: {
        "content-length": "7",
        "content-md5": createHash("md5").update("content").digest("base64"),
        "x-amz-content-sha256": createHash("sha256").update("content").digest("hex"),
      },
    },
  ]);
  expect(JSON.stringify(s3.seen)).not.toContain(s3.secretKey);
  await bucket().put("empty", file(""));
  expect(await bucket().list("")).toContainEqual({ key: "empty", size: 0 });
});

test("a server that does not say that the body may come gets it all the same", async () => {
  s3.consents = false;
  await bucket().put("key", file("content"));
  expect(s3.keys()).toEqual(["key"]);
});

test("a list has all pages, and what is strange in keys", async () => {
  s3.page = 3;
  const keys = ["a", "b&c", "d<e>", 'f"g', "h i", "ü", "z/1", "z/2"];
  keys.forEach((key) => s3.put(key));
  expect((await bucket().list("")).map(({ key }) => key).sort()).toEqual([...keys].sort());
  expect((await bucket().list("z/")).map(({ key }) => key)).toEqual(["z/1", "z/2"]);
});

test("a server may be in a path of its own", async () => {
  s3.buckets.set("storage", new Map([["kluster/key", Buffer.from("x")]]));
  expect(await bucket({ endpoint: `${s3.endpoint}/storage` }).get("key", text)).toBe("x");
});

describe("what stops it is said", () => {
  const where = () => `the bucket kluster at ${s3.endpoint}: `;

  test.each<[string, Partial<S3Target>, string]>([
    [
      "another access key",
      { accessKey: "AKIAOTHER" },
      "the access key is not known there: pulumi config set --secret --path kluster:snapshots.s3.accessKey (InvalidAccessKeyId: ",
    ],
    [
      "another secret key",
      { secretKey: "marker" },
      "the secret key is not that of the access key: pulumi config set --secret --path kluster:snapshots.s3.secretKey (SignatureDoesNotMatch: ",
    ],
    [
      "another region",
      { region: "fsn1" },
      "the region is us-east-1: pulumi config set --path kluster:snapshots.s3.region us-east-1 (AuthorizationHeaderMalformed: ",
    ],
  ])("%s", async (_, changes, message) => {
    for (const work of [
      (it: Bucket) => it.list(""),
      (it: Bucket) => it.put("key", file(randomBytes(5_000_000))),
      (it: Bucket) => it.get("key", text),
      (it: Bucket) => it.delete("key"),
    ]) {
      const error = await failure(work(bucket(changes)));
      expect(error).toBeInstanceOf(S3Error);
      expect(error.message.slice(0, where().length + message.length)).toBe(where() + message);
      expect(error.message).not.toContain("marker");
    }
    expect(s3.keys()).toEqual([]);
    expect(s3.seen).toHaveLength(4); // it does not pass, so it is not tried again
  });

  test("another bucket", async () => {
    const error = await failure(bucket({ bucket: "other" }).list(""));
    expect(error.message).toBe(
      `the bucket other at ${s3.endpoint}: there is no such bucket; make it, or name another: pulumi config set --path kluster:snapshots.s3.bucket (NoSuchBucket: The specified bucket does not exist)`,
    );
  });

  test.each([
    [-20, "20 minutes ahead of"],
    [17, "17 minutes behind"],
  ])("a clock that is %d minutes off", async (minutes, words) => {
    s3.ahead = minutes * 60_000;
    expect((await failure(bucket().list(""))).message).toBe(
      `${where()}the clock of this box is ${words} the server's; set it right (timedatectl) (RequestTimeTooSkewed: The difference between the request time is too large)`,
    );
  });

  test("no server", async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    expect((await failure(bucket({ endpoint }).list(""))).message).toBe(
      `the bucket kluster at ${endpoint}: it refuses connections`,
    );
  });

  test("a server that speaks no TLS", async () => {
    const endpoint = s3.endpoint.replace("http", "https");
    expect((await failure(bucket({ endpoint }).list(""))).message).toContain("no safe connection: ");
  });

  test.each([
    [
      { status: 403, body: "<html>Log in to this Wi-Fi</html>" },
      "HTTP status 403, and not a word that S3 would say",
    ],
    [{ status: 200, body: "<html>Welcome</html>" }, "what it lists is no list of S3's"],
    [{ status: 200, body: "<ListBucketResult><Contents>" }, "what it lists is no list of S3's"],
  ])("an answer of somebody else: %j", async (fault, message) => {
    s3.faults = [fault];
    expect((await failure(bucket().list(""))).message).toContain(message);
  });

  test("a snapshot that is too large is not even begun", async () => {
    const path = file("");
    truncateSync(path, 5 * 2 ** 30 + 1);
    expect((await failure(bucket().put("key", path))).message).toContain("larger than 5 GB");
    expect(s3.seen).toEqual([]);
  });
});

describe("what passes is tried again", () => {
  const slow = { status: 503, code: "SlowDown" };

  test.each([
    ["SlowDown", [slow, slow]],
    ["an error of the server's", [{ status: 500, code: "InternalError" }]],
    ["a gateway without its server", [{ status: 502, body: "<html></html>" }]],
    ["a connection that is reset", ["reset" as const]],
    ["one that breaks off in its midst", ["half" as const, "half" as const]],
  ])("%s", async (_, faults) => {
    const content = randomBytes(3_000_000);
    s3.faults = [...faults];
    await bucket().put("key", file(content));
    expect(s3.buckets.get("kluster")!.get("key")!.equals(content)).toBe(true);
    s3.faults = [...faults];
    const size = await bucket().get("key", async (stream) => {
      let size = 0;
      for await (const chunk of stream) size += (chunk as Buffer).length;
      return size;
    });
    expect(size).toBe(3_000_000);
  });

  test("until its deadline: then the cause is said, and nothing is there", async () => {
    s3.faults = Array.from({ length: 100 }, () => slow);
    expect((await failure(bucket().put("key", file("content")))).message).toContain("SlowDown");
    expect(s3.keys()).toEqual([]);
    expect(s3.seen.length).toBeLessThan(30);
  });

  test("and the file is not opened for a server that refuses it", async () => {
    s3.faults = Array.from({ length: 100 }, () => slow);
    const path = file("content");
    const failing = failure(bucket().put("key", path));
    while (s3.seen.length === 0) await new Promise(setImmediate);
    rmSync(path); // by then its hashes are known
    expect((await failing).message).toContain("SlowDown");
  });

  test("half an upload leaves nothing", async () => {
    s3.faults = Array.from({ length: 100 }, () => "half" as const);
    const error = await failure(bucket().put("key", file(randomBytes(3_000_000))));
    expect(error.message).toContain("the connection was broken off");
    expect(s3.keys()).toEqual([]);
  });

  test("not once it was called off", async () => {
    const controller = new AbortController();
    controller.abort(new Error("called off"));
    await expect(bucket({}, controller.signal).list("")).rejects.toThrow(/abort|called off/);
  });
});
