import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { SnapshotFolder } from "../../../provider/etcd/folder";

const DAY = 86_400_000;
const now = Date.parse("2026-11-28T12:00:00.123Z");
let path: string;
beforeEach(() => (path = join(mkdtempSync(join(tmpdir(), "kluster-snapshots-")), "dev")));
afterEach(() => rmSync(join(path, ".."), { recursive: true }));

const text = (content: string) => Readable.from([Buffer.from(content)], { objectMode: false });

test("a folder that is not there has none, and is made for its owner alone", async () => {
  const folder = new SnapshotFolder(path, "age1a");
  expect(await folder.list()).toEqual([]);
  const file = await folder.write(text("content"), now);
  expect(file).toMatch(/\/etcd-[0-9a-f]{8}-20261128T120000123Z\.age$/);
  expect([path, file].map((one) => (statSync(one).mode & 0o777).toString(8))).toEqual(["700", "600"]);
  expect(await folder.list()).toEqual([{ name: file.split("/").at(-1), path: file, time: now, size: 7 }]);
});

test("a stream that fails leaves nothing", async () => {
  const failing = Readable.from(
    (function* () {
      yield Buffer.from("half");
      throw new Error("the line is dead");
    })(),
    { objectMode: false },
  );
  await expect(new SnapshotFolder(path, "age1a").write(failing, now)).rejects.toThrow("the line is dead");
  expect(readdirSync(path)).toEqual([]);
});

test("only what is ours goes: not another cluster's, nor whatever else lies there", async () => {
  const [ours, theirs] = [new SnapshotFolder(path, "age1a"), new SnapshotFolder(path, "age1b")];
  for (const days of [5, 4, 3, 2, 1]) {
    await ours.write(text("ours"), now - days * DAY);
    await theirs.write(text("theirs"), now - days * DAY);
  }
  const mine = readdirSync(path).find((name) => name.includes("1124"))!;
  const foreign = ["notes.txt", "etcd-latest.age", `${mine}.bak`, mine.replace("1124", "1399"), `x${mine}`];
  foreign.forEach((name) => writeFileSync(join(path, name), ""));
  const theirNames = (await theirs.list()).map(({ name }) => name);
  expect(await ours.prune({ keep: 2, days: 9 }, now)).toBe(3);
  expect((await ours.list()).map(({ time }) => time)).toEqual([now - 2 * DAY, now - DAY]);
  for (const name of [...foreign, ...theirNames]) expect(existsSync(join(path, name))).toBe(true);
});
