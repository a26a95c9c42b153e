import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomically } from "../json-file";
import { freshState, State } from "./state";

/** Seconds that a call waits for others to let go of the state; each holds it for milliseconds. */
const LOCK_PATIENCE = 120;

/**
 * The state on disk. Readers need no lock, since state.json is only ever replaced as a whole; writers take an
 * flock that the kernel releases when their process dies, so that a killed call leaves neither a torn file
 * nor a stale lock.
 */
export class Store {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The state as the last finished call left it. @throws Error when state.json is no JSON. */
  read(): State {
    const stored = readJson(this.file("state.json"));
    return stored === undefined ? freshState() : (stored as State);
  }

  /** Replaces the state; only inside {@link locked}. */
  write(state: State): void {
    writeAtomically(this.file("state.json"), JSON.stringify(state, null, 1));
  }

  /** Runs `action` while no other process (nor another call in this one) is inside `locked`. */
  async locked<T>(action: () => Promise<T>): Promise<T> {
    const descriptor = openSync(this.file("lock"), "a");
    try {
      await flock(descriptor, this.file("lock"));
      return await action();
    } finally {
      closeSync(descriptor); // lets go of the lock
    }
  }

  file(name: string): string {
    return join(this.folder, name);
  }
}

/**
 * Locks an open file. Node can't call flock(2), but the lock belongs to the open file itself: util-linux's
 * flock takes it on the descriptor that it inherits, ends, and it stays with ours.
 */
function flock(descriptor: number, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("flock", ["--exclusive", "--wait", String(LOCK_PATIENCE), "3"], {
      stdio: ["ignore", "ignore", "ignore", descriptor],
    });
    child.on("error", (error) => reject(new Error(`flock (util-linux) could not be run: ${error.message}`)));
    child.on("exit", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`waited ${LOCK_PATIENCE} s for ${file}, which another VBoxManage holds`)),
    );
  });
}
