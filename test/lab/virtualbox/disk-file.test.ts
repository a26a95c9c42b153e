import fc from "fast-check";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyDiskFile, createDiskFile, growDiskFile, sizeOnDisk } from "../../../lab/virtualbox/disk-file";

const MEGABYTE = 1 << 20;
const folder = mkdtempSync(join(tmpdir(), "disk-file-"));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a new disk takes no room and reads as zeros", () => {
  createDiskFile(at("new"), 8192 * MEGABYTE);
  expect(statSync(at("new"))).toMatchObject({ size: 8192 * MEGABYTE, blocks: 0 });
  expect(() => createDiskFile(at("new"), 1)).toThrow("EEXIST");
});

test("a disk that grows keeps its content", () => {
  writeFileSync(at("small"), "content");
  growDiskFile(at("small"), 3 * MEGABYTE);
  const grown = readFileSync(at("small"));
  expect(grown.length).toBe(3 * MEGABYTE);
  expect(grown.subarray(0, 8).toString()).toBe("content\0");
});

test("a copy has the same content, whole sectors, and holes where there are zeros", () => {
  const image = Buffer.alloc(5 * MEGABYTE + 100);
  image.write("first", 0);
  image.write("last", image.length - 4);
  writeFileSync(at("image"), image);
  copyDiskFile(at("image"), at("copy"));
  const copy = readFileSync(at("copy"));
  expect(copy.subarray(0, image.length).equals(image)).toBe(true);
  expect(copy.length).toBe(5 * MEGABYTE + 512);
  expect(statSync(at("copy")).blocks * 512).toBeLessThan(3 * MEGABYTE);
});

test("small images are copied byte by byte", () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      rmSync(at("to"), { force: true });
      writeFileSync(at("from"), bytes);
      copyDiskFile(at("from"), at("to"));
      const copy = readFileSync(at("to"));
      return copy.length % 512 === 0 && copy.subarray(0, bytes.length).equals(Buffer.from(bytes));
    }),
    { numRuns: 50 },
  ));

test.each([
  ["VDI", 8192, 2],
  ["VDI", 1024 * 1024, 5],
  ["RAW", 8192, 0],
])("an empty %s of %d MB takes %d MB as VirtualBox counts", (format, megabytes, size) => {
  const file = at(`${format}${megabytes}`);
  createDiskFile(file, 1);
  expect(sizeOnDisk(file, format, megabytes * MEGABYTE)).toBe(size);
});
