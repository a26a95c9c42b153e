import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomically } from "../json-file";
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
