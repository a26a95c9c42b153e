import { createHash } from "node:crypto";
import { Session, SshError } from "../ssh";
import { ScriptOptions, Scripts } from "./scripts";
import { SecretFile, Secrets } from "./system";

/** Below it nobody but root can write (scripts/place-secrets.sh): the only place for owners by name. */
const FOLDER = "/var/lib/kluster/";
/** 40 files on a disk that others write to as well. */
const PLACE_TIMEOUT = 120_000;
/** What settle-secrets.sh notes between its two halves. */
const UNITS = "/run/kluster/apart";

/** Files of secrets, and what is in them. */
export interface Delivery {
  /** All that the machine shall have: what an earlier delivery had besides goes after the next activation. */
  files: readonly SecretFile[];
  /** Files that nothing ever removes. */
  lasting?: readonly SecretFile[];
  /** Whether these are only some of the machine's files, and nothing is said of the others. */
  part?: boolean;
  secrets: Secrets;
}

/**
 * Puts secrets where a system that is being installed wants them, by standard input, each whole or not at all. Those of a
 * running system are placed by its activation (activate.ts).
 * @throws Error that names a secret which the machine wants and the program does not hold
 */
export function placeSecrets(scripts: Scripts, session: Session, delivery: Delivery): Promise<void> {
  return place(scripts, session, ["/mnt"], delivery);
}

/**
 * Puts some of a running machine's secrets in their places, at a moment that is no activation; of the others nothing is said.
 * What reads them at its start alone goes by the earlier ones until {@link settleSecrets}.
 * @throws Error as placeSecrets does
 */
export function placeSomeSecrets(
  scripts: Scripts,
  session: Session,
  { files, secrets }: Pick<Delivery, "files" | "secrets">,
): Promise<void> {
  return place(scripts, session, ["", "part"], { files, secrets, part: true });
}

/**
 * Starts the units anew whose secrets have changed, each once.
 * @param mayDisconnect whether the SSH server is one of them: it may take this connection along
 */
export async function settleSecrets(
  scripts: Scripts,
  session: Session,
  { mayDisconnect, ...options }: Pick<ScriptOptions, "timeout" | "signal"> & { mayDisconnect?: boolean },
): Promise<void> {
  await scripts.run(session, "settle-secrets.sh", ["before", UNITS]);
  await scripts.run(session, "settle-secrets.sh", ["after", UNITS], options).catch((error) => {
    if (!mayDisconnect || !(error instanceof SshError)) throw error;
  });
}

async function place(scripts: Scripts, session: Session, args: string[], delivery: Delivery): Promise<void> {
  await scripts.run(session, "place-secrets.sh", args, {
    stdin: placement(delivery),
    timeout: PLACE_TIMEOUT,
  });
}

/** How the secret files of a running machine were found. */
export interface SecretsFound {
  /** Paths of files and links that are gone, or have another content, owner or mode. */
  amiss: string[];
  /** Whether no file is there that is wanted no more, and no unit waits for the restart that a change asks for. */
  settled: boolean;
}

/** Looks whether the secret files of a running machine are as wanted: what they hold is compared by its hash, there. */
export async function checkSecrets(
  scripts: Scripts,
  session: Session,
  delivery: Omit<Delivery, "lasting">,
): Promise<SecretsFound> {
  const stdin = placement(delivery, (content) => createHash("sha256").update(content).digest("hex"));
  return parseCheck(await scripts.run(session, "check-secrets.sh", [""], { stdin, timeout: PLACE_TIMEOUT }));
}

/** Reads what scripts/check-secrets.sh prints. */
export function parseCheck(text: string): SecretsFound {
  const lines = text.split("\n").map((line) => line.split("\t"));
  return {
    amiss: lines.flatMap(([word, path]) => (word === "amiss" ? [path] : [])),
    settled: !lines.some(([word]) => word === "unsettled"),
  };
}

/** What scripts/place-secrets.sh reads, which describes it; other scripts read the content as something else. */
export function placement(
  { files, lasting = [], part, secrets }: Delivery,
  shown: (content: string) => string = (content) => Buffer.from(content, "utf8").toString("base64"),
): string {
  const lines = [
    ...lasting.map((file) => fileLine("once", file, secrets, shown)),
    ...files.map((file) => fileLine(file.first && !part ? "first" : "file", file, secrets, shown)),
    ...files.flatMap(({ link, path }) => (link ? [["link", link, path].join("\t")] : [])),
    "end",
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function fileLine(
  kind: "file" | "first" | "once",
  file: SecretFile,
  secrets: Secrets,
  shown: (content: string) => string,
): string {
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
  return [kind, path, ...owners, mode, restartUnits.join(" ") || "-", shown(secrets[secret])].join("\t");
}
