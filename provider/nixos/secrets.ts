import { Session } from "../ssh";
import { Scripts } from "./scripts";
import { SecretFile, Secrets } from "./system";

/** Below it nobody but root can write (scripts/place-secrets.sh): the only place for owners by name. */
const FOLDER = "/var/lib/kluster/";
/** 40 files on a disk that others write to as well. */
const PLACE_TIMEOUT = 120_000;

/** Files of secrets, and what is in them. */
export interface Delivery {
  /** All that the machine shall have: what an earlier delivery had besides goes after the next activation. */
  files: readonly SecretFile[];
  /** Files that nothing ever removes. */
  lasting?: readonly SecretFile[];
  secrets: Secrets;
}

/**
 * Puts secrets where a system that is being installed wants them, by standard input, each whole or not at all. Those of a
 * running system are placed by its activation (activate.ts).
 * @param root folder in which the system is
 * @throws Error that names a secret which the machine wants and the program does not hold
 */
export async function placeSecrets(
  scripts: Scripts,
  session: Session,
  root: "/mnt",
  delivery: Delivery,
): Promise<void> {
  await scripts.run(session, "place-secrets.sh", [root], {
    stdin: placement(delivery),
    timeout: PLACE_TIMEOUT,
  });
}

/** What scripts/place-secrets.sh reads, which describes it. */
export function placement({ files, lasting = [], secrets }: Delivery): string {
  const lines = [
    ...lasting.map((file) => fileLine("once", file, secrets)),
    ...files.map((file) => fileLine("file", file, secrets)),
    ...files.flatMap(({ link, path }) => (link ? [["link", link, path].join("\t")] : [])),
    "end",
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function fileLine(kind: "file" | "once", file: SecretFile, secrets: Secrets): string {
  const { secret, path, mode, restartUnits = [] } = file;
  if (!Object.hasOwn(secrets, secret)) {
    throw new Error(
      `the NixOS configuration wants the secret "${secret}" at ${path}, but the program holds only: ${Object.keys(secrets).join(", ")}`,
    );
  }
  const owners = [file.owner ?? String(file.uid ?? 0), file.group ?? String(file.gid ?? 0)];
  // It may have to be given to them when it is there already, and whoever owns the folder could put another in its place.
  if (!path.startsWith(FOLDER) && !owners.every((owner) => /^(root|[0-9]+)$/.test(owner))) {
    throw new Error(
      `the secret file ${path} of ${owners.join(":")} has to be below ${FOLDER}: elsewhere an owner is a number; a link may lead to it`,
    );
  }
  const content = Buffer.from(secrets[secret], "utf8").toString("base64");
  return [kind, path, ...owners, mode, restartUnits.join(" ") || "-", content].join("\t");
}
