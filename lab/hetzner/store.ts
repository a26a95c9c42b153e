import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshState, State } from "./state";

/** The state on disk; state.json is only ever replaced as a whole. One process at a time works with it. */
export class Store {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** @throws Error when state.json is no JSON */
  read(): State {
    return { ...freshState(), ...(readJson(this.file("state.json")) as State | undefined) };
  }

  write(state: State): void {
    writeAtomically(this.file("state.json"), JSON.stringify(state, null, 1));
  }

  file(name: string): string {
    return join(this.folder, name);
  }
}

/** The parsed content of a JSON file, undefined if there is none. @throws Error that names the broken file. */
export function readJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no valid JSON: ${(error as Error).message}`);
  }
}

/** Replaces a file in one step: whoever reads it sees the old or the new content, also after a kill. */
export function writeAtomically(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
