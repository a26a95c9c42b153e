import * as fc from "fast-check";
import { ArchiveEntry, cpioArchive } from "../../../provider/nixos/cpio";

interface Unpacked extends ArchiveEntry {
  folder: boolean;
  owner: string;
}

/** Reads an archive as the kernel does (init/initramfs.c): headers and contents begin at multiples of 4. */
function unpack(archive: Buffer): Unpacked[] {
  const entries: Unpacked[] = [];
  for (let at = 0; ;) {
    expect(at % 4).toBe(0);
    expect(archive.toString("latin1", at, at + 6)).toBe("070701");
    const field = (i: number) => parseInt(archive.toString("latin1", at + 6 + 8 * i, at + 14 + 8 * i), 16);
    const [mode, uid, gid, links, size, nameSize] = [1, 2, 3, 4, 6, 11].map(field);
    const path = archive.toString("utf8", at + 110, at + 110 + nameSize - 1);
    expect(archive[at + 110 + nameSize - 1]).toBe(0);
    const start = Math.ceil((at + 110 + nameSize) / 4) * 4;
    if (path === "TRAILER!!!") {
      expect(archive.length).toBe(start);
      return entries;
    }
    // More than one would make the kernel look for a hard link.
    expect(links).toBe(1);
    const folder = (mode & 0o170000) === 0o040000;
    const content = archive.toString("utf8", start, start + size);
    entries.push({ path, mode: mode & 0o7777, folder, owner: `${uid}:${gid}`, content });
    at = Math.ceil((start + size) / 4) * 4;
  }
}

test("an archive holds folders and files with their permissions, all of them root's", () => {
  const archive = cpioArchive([
    { path: "kluster", mode: 0o700 },
    { path: "kluster/settings", mode: 0o600, content: "A='ü'\n" },
  ]);
  expect(unpack(archive)).toEqual([
    { path: "kluster", mode: 0o700, folder: true, owner: "0:0", content: "" },
    { path: "kluster/settings", mode: 0o600, folder: false, owner: "0:0", content: "A='ü'\n" },
  ]);
});

test("names and contents of any length keep the alignment that the kernel insists on", () => {
  const entry = fc.record({
    path: fc.stringMatching(/^[a-z]{1,9}$/),
    mode: fc.constantFrom(0o600, 0o755),
    content: fc.string({ unit: "binary", maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      expect(
        unpack(cpioArchive(entries)).map(({ path, mode, content }) => ({ path, mode, content })),
      ).toEqual(entries);
    }),
  );
});
