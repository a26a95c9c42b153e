import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { KubeconfigError } from "./edit";

/** The file that kubectl writes new entries into: the first of $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigFile(env: NodeJS.ProcessEnv): string {
  const [first] = (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return first ?? join(env.HOME ?? homedir(), ".kube", "config");
}

/** For how long another program may hold the file, in milliseconds. */
const PATIENCE = 5000;

/**
 * Changes a file as a whole or not at all, under the lock that kubectl takes for it, too. What it points to is changed
 * where it is a link. The file is for its owner alone afterwards.
 * @param edit is given "" for a file that is not there
 * @returns whether anything changed
 */
export function changeFile(path: string, edit: (text: string) => string, patience = PATIENCE): boolean {
  const file = target(path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unlock = lock(file, patience);
  try {
    const before = readIfThere(file);
    const after = edit(before ?? "");
    if (after === (before ?? "")) {
      if (before !== undefined) chmodSync(file, 0o600);
      return false;
    }
    replaceFile(file, after);
    return true;
  } finally {
    unlock();
  }
}

function replaceFile(file: string, text: string): void {
  const draft = `${file}.kluster-${randomBytes(6).toString("hex")}`;
  try {
    const handle = openSync(draft, "wx", 0o600);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** client-go makes this file while it writes, and fails where it is there already. */
function lock(file: string, patience: number): () => void {
  const path = `${file}.lock`;
  for (const deadline = Date.now() + patience; ;) {
    try {
      closeSync(openSync(path, "wx", 0o600));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (Date.now() >= deadline)
        throw new KubeconfigError(
          `another program holds it: ${path} has been there for ${patience / 1000} s. If none does (kubectl leaves the file behind when it is killed), delete that file`,
        );
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

function target(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there yet
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
