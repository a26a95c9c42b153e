import { Session } from "../ssh";
import { Scripts } from "./scripts";
import { SecretFile, Secrets } from "./system";

/**
 * Puts secrets where a machine wants them, by standard input into root-only files.
 * @param root "/mnt" while installing, else ""
 * @throws Error that names a secret which the machine wants and the program does not hold
 */
export async function placeSecrets(
  scripts: Scripts,
  session: Session,
  root: "" | "/mnt",
  files: readonly SecretFile[],
  secrets: Secrets,
): Promise<void> {
  for (const file of files) {
    const value = secrets[file.secret];
    if (value === undefined) {
      throw new Error(
        `the NixOS configuration wants the secret "${file.secret}" at ${file.path}, but the program holds only: ${Object.keys(secrets).join(", ")}`,
      );
    }
    const args = [root + file.path, String(file.uid), String(file.gid), file.mode];
    await scripts.run(session, "place-file.sh", args, { stdin: value });
  }
}
