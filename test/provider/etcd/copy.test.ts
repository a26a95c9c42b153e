import fc from "fast-check";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { SnapshotBucket } from "../../../provider/etcd/bucket";
import { copying, copySnapshots } from "../../../provider/etcd/copy";
import { SnapshotFolder } from "../../../provider/etcd/folder";
import { SnapshotNames } from "../../../provider/etcd/names";
import { S3StandIn } from "../../support/s3";

const DAY = 86_400_000;
const now = Date.parse("2026-11-28T12:00:00.123Z");
const names = new SnapshotNames("age1a");
const at = (days: number, size = 7) => ({ name: names.of(now - days * DAY), time: now - days * DAY, size });

describe("what is uploaded, and what is deleted in the bucket", () => {
  const both = { keep: 3, days: 9 };
  test.each([
    ["nothing anywhere", [], [], [], []],
    ["one that is new", [at(0)], [], [0], []],
    ["what an earlier time could not upload, the newest first", [at(2), at(1), at(0)], [at(2)], [0, 1], []],
    ["one that is there with another size", [at(0)], [at(0, 3)], [0], []],
    ["more than are kept", [at(0)], [at(3), at(2), at(1)], [0], [3]],
    ["what is too old", [at(0)], [at(10), at(1)], [0], [10]],
    ["the newest of all, however old", [], [at(400)], [], []],
    ["no upload of what would be deleted at once", [at(8), at(7)], [at(2), at(1), at(0)], [], []],
    ["what another box has put there since", [at(5)], [at(1)], [5], []],
  ])("%s", (_, here, there, upload, remove) => {
    expect(copying(here, there, both, now)).toEqual({
      upload: upload.map((days) => at(days).name),
      remove: remove.map((days) => at(days).name),
    });
  });

  test("afterwards the bucket has the newest of both, and a second time there is nothing to do", () => {
    const some = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        some,
        some,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 50 }),
        (a, b, keep, days) => {
          const [here, there] = [a.map((one) => at(one)), b.map((one) => at(one))];
          const retention = { keep, days };
          const { upload, remove } = copying(here, there, retention, now);
          const after = new Map(
            there.filter(({ name }) => !remove.includes(name)).map((one) => [one.name, one]),
          );
          for (const one of here) if (upload.includes(one.name)) after.set(one.name, one);
          const newest = Math.min(...a, ...b);
          const wanted = [...new Set([...a, ...b])]
            .sort((x, y) => x - y)
            .slice(0, keep)
            .filter((age) => age === newest || age <= days);
          expect([...after.keys()].sort()).toEqual(wanted.map((age) => at(age).name).sort());
          expect(copying(here, [...after.values()], retention, now)).toEqual({ upload: [], remove: [] });
        },
      ),
    );
  });
});

describe("a bucket", () => {
  let folder: string;
  let s3: S3StandIn;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "kluster-copy-"));
    s3 = new S3StandIn();
    await s3.start();
  });
  afterEach(async () => {
    await s3.stop();
    rmSync(folder, { recursive: true });
  });

  const write = (days: number, content = "content") =>
    new SnapshotFolder(folder, "age1a").write(Readable.from([Buffer.from(content)]), now - days * DAY);
  const plan = (prefix = "", retention = { keep: 3, days: 9 }) => ({
    ...{ folder, ...retention, recipients: ["age1a"], machine: "il", encryptionKeys: [] },
    s3: s3.target({ prefix }),
  });

  test.each([
    ["", ""],
    ["my/clusters", "my/clusters/"],
  ])("with the prefix %j gets what the folder has, under the same names", async (prefix, start) => {
    await write(1, "older");
    await write(0, "newer");
    expect(await copySnapshots(plan(prefix), now)).toBe(`the bucket kluster at ${s3.endpoint}`);
    expect(s3.keys()).toEqual([1, 0].map((days) => start + at(days).name));
    const bucket = new SnapshotBucket(s3.target({ prefix }), "age1a");
    expect(await bucket.list()).toEqual([at(1, 5), at(0, 5)]);
    expect(await bucket.download(at(1).name, text)).toBe("older");
    expect(bucket.uriOf(at(0).name)).toBe(`s3://kluster/${start}${at(0).name}`);
  });

  test("is none of ours where the settings have none", async () => {
    await write(0);
    expect(await copySnapshots({ ...plan(), s3: undefined }, now)).toBeUndefined();
    expect(s3.seen).toEqual([]);
  });

  test("has pages, and what is beyond the first counts", async () => {
    s3.page = 2;
    for (const days of [9, 8, 7, 6, 5]) s3.put(at(days).name, "content");
    await write(0);
    await copySnapshots(plan(), now);
    expect(s3.keys()).toEqual([6, 5, 0].map((days) => at(days).name));
  });

  test("keeps whatever is not this cluster's", async () => {
    const mine = at(50).name;
    const foreignName = fc.oneof(
      fc
        .string({ minLength: 1, maxLength: 30 })
        .filter((key) => !/[\0-\x1f\x7f\ufffd-\uffff]|^\/|^\.+$/.test(key)),
      fc.constantFrom(
        `x${mine}`,
        `${mine}.bak`,
        `other/${mine}`,
        `my/${mine}/${mine}`,
        `my/x/${mine}`,
        `mine/${mine}`,
      ),
      fc.constant(`my/${mine.replace("2026", "20x6")}`),
      fc.integer({ min: 0, max: 400 }).map((days) => `my/${new SnapshotNames("age1b").of(now - days * DAY)}`),
      fc.string({ maxLength: 8, unit: "grapheme-ascii" }).map((more) => `my/${names.start}${more}`),
    );
    await write(0);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(foreignName, { maxLength: 12 }), async (foreign) => {
        const bucket = s3.buckets.get("kluster")!;
        bucket.clear();
        for (const key of [...foreign, ...[30, 20, 10].map((days) => `my/${at(days).name}`)]) s3.put(key);
        s3.page = 4;
        await copySnapshots(plan("my", { keep: 1, days: 1 }), now);
        expect(s3.keys()).toEqual([...new Set([...foreign, `my/${at(0).name}`])].sort());
      }),
      { numRuns: 40 },
    );
    const before = s3.keys();
    const bucket = new SnapshotBucket(s3.target({ prefix: "my" }), "age1a");
    for (const name of ["notes.txt", "../x", `other/${mine}`])
      await expect(bucket.remove(name)).rejects.toThrow(/no snapshot of this cluster/);
    expect(s3.keys()).toEqual(before);
  });

  test("that did not answer once gets it the next time", async () => {
    await write(1);
    s3.faults = [{ status: 403, code: "AccessDenied" }];
    await expect(copySnapshots(plan(), now)).rejects.toThrow(
      /^the copy in S3 failed, and the next one uploads what is missing: the bucket kluster at http:\S+: the access key must not do this there/,
    );
    await write(0);
    await copySnapshots(plan(), now);
    expect(s3.keys()).toEqual([1, 0].map((days) => at(days).name));
  });

  test("that lets nothing be deleted has it all the same", async () => {
    s3.put(at(20).name);
    await write(0);
    s3.faults = [undefined, undefined, { status: 403, code: "AccessDenied" }];
    await expect(copySnapshots(plan(), now)).rejects.toThrow(
      /^what has had its time could not be deleted there: /,
    );
    expect(s3.keys()).toContain(at(0).name);
  });

  test("takes nothing else that lies in the folder", async () => {
    await write(0);
    mkdirSync(join(folder, "folder"));
    writeFileSync(join(folder, "notes.txt"), "notes");
    await copySnapshots(plan(), now);
    expect(s3.keys()).toEqual([at(0).name]);
    expect(readFileSync(join(folder, at(0).name), "utf8")).toBe("content");
  });
});
