import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../../../lab/cli/layout";
import { packNixpkgs } from "../../../lab/cli/nixpkgs";
import { run } from "../../../provider/process";

const missing = spawnSync("nix-hash", ["--version"]).error ? " (needs nix-hash)" : "";

(missing ? describe.skip : describe)(`packing nixpkgs' stand-in${missing}`, () => {
  const folders: string[] = [];
  const checkout = (seconds: number) => {
    const folder = mkdtempSync(join(tmpdir(), "kluster-pack-"));
    folders.push(folder);
    mkdirSync(join(folder, "lab", "nixpkgs", "lib"), { recursive: true });
    for (const [name, mode] of [
      ["default.nix", 0o644],
      ["lib/run.sh", 0o755],
    ] as const) {
      const file = join(folder, "lab", "nixpkgs", name);
      writeFileSync(file, `# ${name}\n`);
      chmodSync(file, mode);
      utimesSync(file, seconds, seconds);
    }
    return layout({}, folder);
  };
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
  const digest = (url: string) =>
    createHash("sha256")
      .update(readFileSync(url.slice("file://".length)))
      .digest("hex");

  test("gives the same bytes for the same files, wherever and whenever they were made", async () => {
    const [a, b] = [
      await packNixpkgs(run, checkout(1_000_000)),
      await packNixpkgs(run, checkout(1_700_000_000)),
    ];
    expect(a.pin.sha256).toBe(b.pin.sha256);
    expect(digest(a.pin.url)).toBe(digest(b.pin.url));
  });

  test("gives the hash that Nix finds in the unpacked tarball", async () => {
    const { pin } = await packNixpkgs(run, checkout(1));
    const folder = mkdtempSync(join(tmpdir(), "kluster-unpack-"));
    folders.push(folder);
    execFileSync("tar", ["-xzf", pin.url.slice("file://".length), "-C", folder]);
    const hash = execFileSync("nix-hash", [
      "--type",
      "sha256",
      "--base32",
      join(folder, readdirSync(folder)[0]),
    ]);
    expect(hash.toString().trim()).toBe(pin.sha256);
  });

  test("happens again only when a file has changed, and then replaces the old tarball", async () => {
    const lab = checkout(1);
    const first = await packNixpkgs(run, lab);
    expect([first.packed, (await packNixpkgs(run, lab)).packed]).toEqual([true, false]);
    writeFileSync(join(lab.checkout, "lab", "nixpkgs", "default.nix"), "{ }\n");
    const second = await packNixpkgs(run, lab);
    expect(second.packed).toBe(true);
    expect(second.pin.url).not.toBe(first.pin.url);
    expect(readdirSync(lab.nixpkgs)).toHaveLength(1);
  });
});
