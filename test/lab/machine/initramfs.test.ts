import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { readInitramfs } from "../../../lab/machine/cpio";
import { unpackInitramfs } from "../../../lab/machine/initramfs";
import { initOf } from "../../../lab/machine/kexec";
import { run } from "../../../provider/process";
import { archive, Packed } from "./cpio";

const file = (name: string, content: string): Packed => ({ name, mode: 0o100644, content });
const folder = (name: string): Packed => ({ name, mode: 0o040755 });
const names = (image: Buffer) => [...readInitramfs(image)].map(({ name }) => name);
/** With the zeros that bring a compressed archive to the place where a plain one may follow. */
const aligned = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

describe("an initial ramdisk", () => {
  test("holds the files of all its archives, plain or compressed, in their order", () => {
    const packed = fc.record({
      content: fc.string({ unit: "binary" }),
      compressed: fc.boolean(),
      zeros: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(packed, { maxLength: 6 }), (archives) => {
        const image = Buffer.concat(
          archives.map(({ content, compressed, zeros }, i) => {
            const bytes = archive([file(`file${i}`, content)]);
            return aligned(Buffer.concat([compressed ? gzipSync(bytes) : bytes, Buffer.alloc(zeros)]));
          }),
        );
        const found = [...readInitramfs(image)].map(({ name, content }) => [name, content.toString()]);
        expect(found).toEqual(archives.map(({ content }, i) => [`file${i}`, content]));
      }),
    );
  });

  test("may have several archives in one compressed part, and names in the part's header", () => {
    const two = Buffer.concat([archive([file("a", "1")]), archive([file("b", "2")])]);
    const plain = gzipSync(two);
    const named = Buffer.concat([plain.subarray(0, 10), Buffer.from("initrd\0"), plain.subarray(10)]);
    named[3] |= 8;
    expect(names(aligned(named))).toEqual(["a", "b"]);
  });

  test("cannot have a plain archive beside a multiple of four bytes, which Linux takes for a compressed one", () => {
    const compressed = gzipSync(archive([file("a", "1")]));
    const shifted = Buffer.concat([aligned(compressed), Buffer.alloc(2), archive([file("b", "2")])]);
    expect(() => names(shifted)).toThrow(/invalid magic at byte \d+ of the initrd \(30373037\)/);
    expect(names(Buffer.concat([aligned(compressed), archive([file("b", "2")])]))).toEqual(["a", "b"]);
  });

  test.each([
    [
      "is compressed by something that the lab cannot read",
      Buffer.from("28b52ffd00000000", "hex"),
      "neither gzip nor",
    ],
    ["ends within a file", archive([file("long", "x".repeat(100))]).subarray(0, 150), "ends within long"],
    [
      "goes on with something else",
      Buffer.concat([archive([file("a", "")]).subarray(0, 112), Buffer.from("junk".repeat(40))]),
      "no cpio archive at byte 112",
    ],
  ])("is refused when it %s", (_, image, message) => {
    expect(() => names(image)).toThrow(message);
  });
});

const root = process.getuid?.() === 0;
(root ? describe : describe.skip)(`unpacking it${root ? "" : " (needs root)"}`, () => {
  let memory: string;
  beforeEach(() => (memory = mkdtempSync(join(tmpdir(), "kluster-initramfs-"))));
  afterEach(() => rmSync(memory, { recursive: true }));
  const text = (name: string) => readFileSync(join(memory, name), "utf8");

  test("makes folders, files, links and device nodes with owners and permissions", async () => {
    const image = archive([
      folder("."),
      { ...folder("etc"), mode: 0o040710, uid: 3, gid: 4 },
      { ...file("./etc/secret", "s3cret"), mode: 0o100400, uid: 5 },
      { name: "etc/link", mode: 0o120777, content: "secret" },
      { name: "etc/null", mode: 0o020666, device: [1, 3] },
      { ...file("etc/hard1", ""), inode: 9, links: 2 },
      { ...file("etc/hard2", "both"), inode: 9, links: 2 },
    ]);
    expect(await unpackInitramfs(run, image, memory)).toEqual([]);
    const stat = (name: string) => lstatSync(join(memory, name));
    expect(stat("etc")).toMatchObject({ mode: 0o040710, uid: 3, gid: 4 });
    expect(stat("etc/secret")).toMatchObject({ mode: 0o100400, uid: 5 });
    expect(text("etc/secret")).toBe("s3cret");
    expect(readlinkSync(join(memory, "etc/link"))).toBe("secret");
    expect(stat("etc/null")).toMatchObject({ mode: 0o020666, rdev: (1 << 8) | 3 });
    expect([text("etc/hard1"), text("etc/hard2")]).toEqual(["both", "both"]);
  });

  test("lets a later archive replace what an earlier one brought", async () => {
    const image = Buffer.concat([
      aligned(gzipSync(archive([folder("a"), file("a/b", "old and long"), folder("c"), file("c/d", "")]))),
      archive([file("a/b", "new"), file("c", "a file now")]),
    ]);
    await unpackInitramfs(run, image, memory);
    expect([text("a/b"), text("c")]).toEqual(["new", "a file now"]);
  });

  test("leaves out a file whose folder is in no archive, as Linux does, and never leaves the root", async () => {
    const image = archive([file("kluster/key", "k"), file("../../outside", "o")]);
    expect(await unpackInitramfs(run, image, memory)).toEqual(["/kluster/key"]);
    expect(text("outside")).toBe("o");
  });
});

test.each([
  ["console=ttyS0 init=/nix/store/x-system/init quiet", "/nix/store/x-system/init"],
  ["init=/first root=x init=/second", "/second"],
  ["noinit=/no", "/init"],
  ["", "/init"],
])("the command line %j starts %s", (line, init) => {
  expect(initOf(line)).toBe(init);
});
