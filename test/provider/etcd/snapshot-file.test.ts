import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { AgeError, encrypt, newAgeKey } from "../../../provider/age";
import { checkedDatabase, SnapshotError } from "../../../provider/etcd/database";
import { openSnapshot, sealSnapshot } from "../../../provider/etcd/snapshot-file";
import { database } from "./database";

const about = {
  time: "2026-11-28T12:00:00.000Z",
  machine: "il",
  reason: "asked for",
  encryptionKeys: ["a", "b"],
};

function inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  return (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
}
const checked = (bytes: Buffer, size = 1000) => buffer(Readable.from(checkedDatabase(inPieces(bytes, size))));

test("a snapshot of etcd passes as it is, in whatever pieces it comes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3000 }),
      async (pages, size) => {
        const bytes = database(pages);
        expect((await checked(bytes, size)).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["a hash alone", database(0)],
  ["half of it", database().subarray(0, 2000)],
  ["all but the hash", database().subarray(0, -32)],
  ["a changed byte", Buffer.from(database().map((byte, i) => (i === 700 ? byte ^ 1 : byte)))],
  ["something else", randomBytes(512 + 32)],
])("%s is no snapshot", async (_, bytes) => {
  await expect(checked(bytes)).rejects.toThrow(SnapshotError);
});

test("what is sealed is opened: the keys of its time, and etcd's own file", async () => {
  const { identity, recipient } = await newAgeKey();
  const bytes = database(500);
  const sealed = await buffer(await sealSnapshot(about, inPieces(bytes, 70_000), [recipient]));
  expect(sealed.includes("encryptionKeys")).toBe(false);
  const opened = await openSnapshot(Readable.from([sealed], { objectMode: false }), [identity]);
  expect(opened.header).toEqual({ format: "kluster-etcd-snapshot/1", ...about });
  expect((await buffer(opened.database)).equals(bytes)).toBe(true);
});

test("a snapshot that is not whole is not sealed", async () => {
  const { recipient } = await newAgeKey();
  const work = async () =>
    buffer(await sealSnapshot(about, inPieces(database().subarray(0, 1000), 100), [recipient]));
  await expect(work()).rejects.toThrow("no whole snapshot");
});

test("another key opens nothing, and other files are refused", async () => {
  const { identity, recipient } = await newAgeKey();
  const stream = (bytes: Buffer) => Readable.from([bytes], { objectMode: false });
  const sealed = await buffer(await sealSnapshot(about, inPieces(database(), 1000), [recipient]));
  const other = await newAgeKey();
  await expect(openSnapshot(stream(sealed), [other.identity])).rejects.toThrow(AgeError);
  for (const text of ["{}\n", "no line", "[1]\nx", "x".repeat(100_000)]) {
    const foreign = await buffer(await encrypt(stream(Buffer.from(text)), { recipients: [recipient] }));
    await expect(openSnapshot(stream(foreign), [identity])).rejects.toThrow(SnapshotError);
  }
});
