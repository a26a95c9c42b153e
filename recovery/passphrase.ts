import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Misuse } from "../stack/command";

const VARIABLE = "KLUSTER_BACKUP_PASSPHRASE";

/**
 * The backup's passphrase: from the environment, from a file that it names, or asked for without an echo.
 * @param isNew whether it is asked for twice
 * @throws Misuse where nobody can be asked
 */
export async function backupPassphrase(isNew: boolean): Promise<string> {
  const { [VARIABLE]: given, [`${VARIABLE}_FILE`]: file } = process.env;
  const passphrase =
    given ?? (file === undefined ? undefined : readFileSync(file, "utf8").replace(/\r?\n$/, ""));
  if (passphrase !== undefined) return checked(passphrase);
  if (!process.stdin.isTTY)
    throw new Misuse(`there is no passphrase, and nobody can be asked: set ${VARIABLE} or ${VARIABLE}_FILE`);
  const first = checked(await ask("Passphrase of the backup: "));
  if (isNew && (await ask("Once more: ")) !== first)
    throw new Error("the two are not the same; nothing was written");
  return first;
}

function checked(passphrase: string): string {
  if (passphrase === "") throw new Misuse("the backup's passphrase is empty");
  return passphrase;
}

async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
