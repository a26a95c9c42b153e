import { existsSync } from "node:fs";
import { readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Run } from "../../provider/process";
import { hierarchies, labGroup, removeGroup } from "../machine/cgroups";
import { must } from "../machine/must";
import { isHetzner } from "./hetzner";
import { Layout, nixMark } from "./layout";
import { initMark, isAnyInit, isInit, Process, processes } from "./namespaces";

/** Milliseconds that killed processes may take to be gone. */
const killLimit = 10_000;

/**
 * Takes everything of the lab away: processes, namespaces, mounts, loop devices, control groups, state. Works on a
 * lab in any state, also one that was killed.
 * @returns what was removed, in words
 */
export async function down(run: Run, lab: Layout): Promise<string[]> {
  const done: string[] = [];
  await endProcesses(lab, done);
  await unmountAll(run, lab, done);
  await releaseLoopDevices(run, lab, done);
  for (const { mountPoint } of hierarchies()) await removeGroup(join(mountPoint, labGroup(lab.state)));
  await removeNix(done);
  await removeFiles(lab, done);
  return done;
}

/**
 * Those that make a lab: its init, what waits outside for the program that it started in there, and, of machines that
 * somebody started outside of it, the supervisors.
 */
function isOurs(process: Process, state: string): boolean {
  const supervises = process.arguments.findIndex((word) => basename(word) === "supervisor.js");
  return (
    isInit(process, state) ||
    isHetzner(process, state) ||
    (supervises > 0 && process.arguments[supervises + 1] === state)
  );
}

/** What started the init ends by itself, and only then the kernel is done with all that was in the lab. */
function waitsForInit({ arguments: words }: Process, state: string): boolean {
  return words[0] === "unshare" && words[words.length - 2] === initMark && words[words.length - 1] === state;
}

/** The kernel ends everything in the lab together with its init. */
async function endProcesses(lab: Layout, done: string[]): Promise<void> {
  const end = Date.now() + killLimit;
  for (let first = true; ; first = false) {
    const found = processes();
    const left = found.filter((process) => isOurs(process, lab.state));
    if (left.length === 0 && !found.some((process) => waitsForInit(process, lab.state))) return;
    if (Date.now() > end)
      throw new Error(
        `processes of the lab outlived SIGKILL for ${killLimit / 1000} s: ${left.map(({ pid }) => pid)}`,
      );
    for (const { pid } of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    const init = left.find((process) => isInit(process, lab.state));
    if (first && left.length > 0)
      done.push(`ended the lab's processes, namespaces and mounts (init ${init?.pid ?? left[0].pid})`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The lab's own mounts are private to it; this is for what somebody mounted from a file of it. */
async function unmountAll(run: Run, lab: Layout, done: string[]): Promise<void> {
  const below = (await readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .map((line) => line.split(" ")[4])
    .filter((path) => path?.startsWith(`${lab.state}/`));
  for (const path of below.reverse()) {
    await must(run, "umount", ["--lazy", path]);
    done.push(`unmounted ${path}`);
  }
}

/** They release themselves with their last user, a moment after it. */
async function releaseLoopDevices(run: Run, lab: Layout, done: string[]): Promise<void> {
  const end = Date.now() + killLimit;
  const detached = new Set<string>();
  for (;;) {
    const listed = JSON.parse((await must(run, "losetup", ["--list", "--json"])) || '{"loopdevices":[]}') as {
      loopdevices: { name: string; "back-file": string | null }[];
    };
    const left = listed.loopdevices.filter((loop) => loop["back-file"]?.startsWith(`${lab.state}/`));
    if (left.length === 0) return;
    if (Date.now() > end)
      throw new Error(
        `still in use: ${left.map((loop) => `${loop.name} (${loop["back-file"]})`).join(", ")}`,
      );
    for (const { name } of left.filter(({ name }) => !detached.has(name))) {
      await run("losetup", ["--detach", name], { timeout: 10_000 });
      detached.add(name);
      done.push(`released ${name}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The folder that labs mount their stores on goes with the last of them: removing it would unmount the others'. */
async function removeNix(done: string[]): Promise<void> {
  if (!existsSync(nixMark) || processes().some(isAnyInit)) return;
  await rm(nixMark);
  try {
    await rmdir("/nix");
    done.push("removed /nix");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error; // somebody has installed Nix meanwhile
  }
}

async function removeFiles(lab: Layout, done: string[]): Promise<void> {
  if (!existsSync(lab.state)) return;
  await rm(lab.state, { recursive: true, force: true, maxRetries: 3 });
  done.push(`removed ${lab.state} with its machines, store, stacks and keys`);
  await rmdir(dirname(lab.state)).catch(() => {}); // .kluster, when nothing else is in it
}
