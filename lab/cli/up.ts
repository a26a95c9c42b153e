import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readlink, symlink, unlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Run } from "../../provider/process";
import { startDaemon } from "../machine/daemon";
import { hetznerEndpoint, operatorAccess, startHetzner } from "./hetzner";
import { makeRoomForInotify } from "./inotify";
import { installerImage, installerSha256 } from "./installer";
import { Layout, nixMark } from "./layout";
import { findInit, initMark, isAnyInit, labNamespaces, processes } from "./namespaces";
import { NixpkgsPin, packNixpkgs } from "./nixpkgs";
import { stackFileWith } from "./stack-file";

/** Milliseconds that the lab's init may take. */
const initLimit = 20_000;

/**
 * Starts the lab and makes what is in it; what is there already is left as it is.
 * @returns what was done, in words; empty when nothing was to do
 * @throws Error that names everything that the box lacks, before anything is changed
 */
export async function up(run: Run, lab: Layout): Promise<string[]> {
  const toolchain = await findToolchain(run, lab);
  let init = findInit(lab.state);
  const labs = processes().filter(isAnyInit).length + 1;
  const done = init === undefined ? await makeRoomForInotify(run, labs) : [];
  for (const folder of [lab.state, lab.nix, lab.home, lab.backend, lab.cache, lab.pulumiHome])
    await mkdir(folder, { recursive: true });
  if (!existsSync("/nix")) {
    await mkdir("/nix");
    await writeFile(nixMark, "");
    done.push("made /nix, an empty folder to mount the lab's store on");
  }
  await linkTo(lab.toolchain, toolchain);
  await linkTo(join(lab.pulumiHome, "plugins"), join(toolchain, "plugins"));
  if (await writeOnce(lab.passphrase, `${randomBytes(24).toString("base64url")}\n`, 0o600))
    done.push("made a passphrase for the stack's secrets");
  if (lab.stack.provider === "virtualbox") await writeOnce(lab.installer, installerImage);
  await writeSettings(run, lab, done);
  if (init === undefined) {
    init = await startInit(lab);
    done.push(`started the lab (process ${init})`);
  }
  if (lab.stack.provider === "hetzner" && (await startHetzner(lab, init)))
    done.push(`started the stand-in for Hetzner Cloud at ${hetznerEndpoint}`);
  return done;
}

/** @throws Error with everything that is missing */
async function findToolchain(run: Run, lab: Layout): Promise<string> {
  const looked = await run(join(lab.checkout, "lab", "cli", "missing.sh"), [], {
    timeout: 60_000,
    env: { STACK: lab.stack.name },
  });
  if (looked.code !== 0) throw new Error(looked.stderr.trim());
  return looked.stdout.trim();
}

/** The private copies of the inventory and the stack file, the latter with the lab's own settings. */
async function writeSettings(run: Run, lab: Layout, done: string[]): Promise<void> {
  const { pin, packed } = await packNixpkgs(run, lab);
  if (packed) done.push(`packed lab/nixpkgs (${pin.sha256})`);
  const { inventory: name } = lab.stack;
  const inventory = await readFile(join(lab.checkout, name), "utf8").catch(() => undefined);
  if (inventory !== undefined && (await writeOnce(lab.inventory, inventory))) done.push(`copied ${name}`);

  const before = await readFile(lab.stackFile, "utf8").catch(() => undefined);
  const tracked = join(lab.checkout, basename(lab.stackFile));
  const text = before ?? (await readFile(tracked, "utf8").catch(() => ""));
  const after = stackFileWith(text, settingsOf(lab, pin));
  if (after === before) return;
  await writeFile(lab.stackFile, after);
  done.push(`wrote ${lab.stackFile}`);
}

/** What the lab alone knows; everything else is the stack's own. */
function settingsOf(lab: Layout, pin: NixpkgsPin): Record<string, unknown> {
  const common = { "kluster:inventory": lab.inventory, "kluster:nixpkgs": pin };
  if (lab.stack.provider === "hetzner")
    return { ...common, "kluster:access": operatorAccess, "hcloud:endpoint": hetznerEndpoint };
  return {
    ...common,
    "kluster:installer": { url: `file://${lab.installer}`, sha256: installerSha256 },
  };
}

/** @returns whether the file was written, which is when it was not there */
async function writeOnce(path: string, content: string | Buffer, mode = 0o644): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: "wx", mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function linkTo(path: string, target: string): Promise<void> {
  const now = await readlink(path).catch(() => undefined);
  if (now === target) return;
  if (now !== undefined) await unlink(path);
  await symlink(target, path);
}

/** @returns the PID of the lab's init, which outlives this process */
async function startInit(lab: Layout): Promise<number> {
  const script = join(lab.checkout, "lab", "cli", "init.sh");
  const isolate = [...labNamespaces, "--propagation", "private", "--fork", "--kill-child", "--mount-proc"];
  const what = "the lab's init";
  await startDaemon(
    {
      command: "unshare",
      args: [...isolate, script, initMark, lab.state],
      logFile: join(lab.state, "init.log"),
      limit: initLimit,
      what,
    },
    "ready",
  );
  const init = findInit(lab.state);
  if (init === undefined) throw new Error(`${what} ended as soon as it had started`);
  return init;
}
