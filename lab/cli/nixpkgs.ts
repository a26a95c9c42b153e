import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Run } from "../../provider/process";
import { must } from "../machine/must";
import type { Layout } from "./layout";

/** What the stack's settings say about nixpkgs. */
export interface NixpkgsPin {
  url: string;
  /** Of the unpacked files, in Nix base 32, as `fetchTarball` wants it. */
  sha256: string;
  minimumNix: string;
}

/**
 * Packs lab/nixpkgs, byte for byte the same from the same files. The hash is part of the name, because Nix keeps what
 * it has fetched by URL for an hour.
 */
export async function packNixpkgs(run: Run, lab: Layout): Promise<{ pin: NixpkgsPin; packed: boolean }> {
  const source = join(lab.checkout, "lab", "nixpkgs");
  const sha256 = await must(run, "nix-hash", ["--type", "sha256", "--base32", source]);
  const tarball = join(lab.nixpkgs, `nixpkgs-${sha256}.tar.gz`);
  const pin = { url: `file://${tarball}`, sha256, minimumNix: "2.8" };
  if (existsSync(tarball)) return { pin, packed: false };
  await mkdir(lab.nixpkgs, { recursive: true });
  const draft = `${tarball}.draft`;
  const same = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u=rwX,go=rX",
  ];
  await must(run, "tar", [
    "--create",
    "--use-compress-program=gzip --no-name",
    ...same,
    `--file=${draft}`,
    `--directory=${join(source, "..")}`,
    basename(source),
  ]);
  await rename(draft, tarball);
  for (const old of await readdir(lab.nixpkgs))
    if (old !== basename(tarball)) await rm(join(lab.nixpkgs, old), { force: true });
  return { pin, packed: true };
}
