import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { decrypt, encrypt, type Lock, type Opener } from "../provider/age";
import { command, Misuse, readArguments } from "../stack/command";
import { ofStack, pulumi, stackConfiguration, StackError, stackName } from "../stack/outputs";
import { exportedState } from "../stack/state";
import { asStateOf, bundle, configPath, plainAt, readBundle, withoutSecrets, type Exported } from "./bundle";
import { projectFiles, putBack } from "./files";
import { backupPassphrase } from "./passphrase";

const USAGE = `usage: npm run backup -- FILE | FOLDER [--recipient age1…] [--stack STACK]
       npm run backup -- restore FILE [--identity FILE] [--stack STACK]

Writes all that a cluster cannot be administrated without into one encrypted file (age): Pulumi's state with every key in
it, the stack's settings with their secrets, the inventory and the NixOS modules. It is encrypted by a passphrase of its
own (KLUSTER_BACKUP_PASSPHRASE, KLUSTER_BACKUP_PASSPHRASE_FILE, or asked for), or for an age key of yours.

restore brings it into a backend that has lost the stack; the stack's new passphrase is the one that Pulumi is given
(PULUMI_CONFIG_PASSPHRASE), whatever it was before. Files that are there are left as they are. What is in the cluster
(etcd) is not in it: npm run etcd -- list.
`;

const CHECKOUT = join(__dirname, "..");
const say = (words: string) => void process.stderr.write(`backup: ${words}\n`);

/** Where Pulumi itself looks for the stack's settings. */
const stackFileOf = (stack: string) =>
  resolve(CHECKOUT, process.env.PULUMI_OPTION_CONFIG_FILE ?? `Pulumi.${stack}.yaml`);

type Config = Record<string, { value?: string; objectValue?: unknown }>;

async function write(target: string, given: string | undefined, recipient: string | undefined) {
  const stack = stackName(given);
  const time = new Date().toISOString();
  const isFolder = existsSync(target) && statSync(target).isDirectory();
  const file = isFolder ? join(target, `kluster-${stack}-${time.replace(/[-:.]/g, "")}.age`) : target;
  if (existsSync(file)) throw new Error(`${file} is there already; name another file, or a folder`);
  const lock: Lock = recipient ? { recipients: [recipient] } : { passphrase: await backupPassphrase(true) };

  const state = JSON.parse(exportedState(given)) as Exported;
  const resources = state.deployment.resources?.length ?? 0;
  if (resources === 0)
    throw new StackError("the stack's state has nothing in it; it has once pulumi up was run");
  const stackFile = withoutSecrets(readFileSync(stackFileOf(stack), "utf8"));
  const config = JSON.parse(
    pulumi(["config", "--json", "--show-secrets", "--non-interactive", ...ofStack(given)]),
  ) as Config;
  const secrets = stackFile.paths.flatMap((path) => {
    const value = plainAt(config, path);
    return value === undefined ? [] : [{ path, value }];
  });
  const { files, elsewhere } = projectFiles(CHECKOUT, stackConfiguration(given));
  const content = bundle({ time, stack, state, stackFile: stackFile.text, secrets, files });
  const plain = Readable.from([Buffer.from(JSON.stringify(content))], { objectMode: false });
  const draft = `${file}.${process.pid}`;
  try {
    await pipeline(await encrypt(plain, lock), createWriteStream(draft, { flags: "wx", mode: 0o600 }));
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  for (const path of elsewhere) say(`not in it, as it lies outside of the project: ${path}`);
  say(
    `${resources} resources, ${secrets.length} secrets of the settings, ${Object.keys(files).length} files`,
  );
  process.stdout.write(`${file}\n`);
}

async function restore(file: string, given: string | undefined, identityFile: string | undefined) {
  const opener: Opener = identityFile
    ? { identities: identitiesIn(readFileSync(identityFile, "utf8")) }
    : { passphrase: await backupPassphrase(false) };
  const backup = readBundle(
    await decrypt(createReadStream(file), opener).then(text, (error: Error) => {
      throw new Error(`${file} could not be opened: ${error.message}`);
    }),
  );
  const stack = given ?? backup.stack;
  say(`${file} is of ${backup.time}, of the stack ${backup.stack}`);
  const isThere = stacks().includes(stack);
  if (isThere && resourcesIn(stack) > 0)
    throw new StackError(
      `the stack ${stack} is there, and has a state. Nothing was changed; what you have is not overwritten. If it is lost to you, keep a copy (pulumi stack export --stack ${stack} --file old-state.json), and make room: pulumi stack rm --force --preserve-config ${stack}`,
    );
  const stackFile = stackFileOf(stack);
  const settings = existsSync(stackFile) ? readFileSync(stackFile, "utf8") : backup.stackFile;
  const { text: open, paths } = withoutSecrets(settings);
  if (existsSync(stackFile) && !isThere && open !== settings) {
    const kept = `${stackFile}.before-${new Date().toISOString().replace(/[-:.]/g, "")}`;
    renameSync(stackFile, kept);
    say(`${stackFile} as it was is ${kept}`);
  }
  if (!isThere) {
    writeFileSync(stackFile, open);
    pulumi(["stack", "init", stack, "--non-interactive"]);
  }
  const fresh = JSON.parse(exportedState(stack)) as Exported;
  pulumi(
    ["stack", "import", "--non-interactive", ...ofStack(stack)],
    JSON.stringify(asStateOf(backup.state, fresh)),
  );
  for (const { path, value } of backup.secrets)
    pulumi(
      ["config", "set", "--secret", "--path", "--non-interactive", ...ofStack(stack), configPath(path)],
      value,
    );
  const known = new Set(backup.secrets.map(({ path }) => configPath(path)));
  for (const path of paths.map(configPath).filter((path) => !known.has(path)))
    say(`the backup does not have this secret; give it anew: pulumi config set --secret --path '${path}'`);
  for (const path of putBack(CHECKOUT, backup.files))
    say(`${path} is another than in the backup, and was left as it is`);
  say(
    `the stack ${stack} is back; pulumi preview --expect-no-changes says whether anything has changed since`,
  );
}

const stacks = () =>
  (JSON.parse(pulumi(["stack", "ls", "--json", "--non-interactive"])) as { name: string }[]).map(({ name }) =>
    name.split("/").at(-1)!,
  );

/** Asks for no secret: the passphrase may be lost. */
const resourcesIn = (stack: string) =>
  (JSON.parse(pulumi(["stack", "export", "--non-interactive", ...ofStack(stack)])) as Exported).deployment
    .resources?.length ?? 0;

const identitiesIn = (lines: string) =>
  lines.split(/\r?\n/).filter((line) => line.startsWith("AGE-SECRET-KEY-"));

command("backup", USAGE, async (args) => {
  const { words, options } = readArguments(args, { options: ["stack", "recipient", "identity"], flags: [] });
  const isRestore = words[0] === "restore" && words.length > 1;
  const [target, ...others] = isRestore ? words.slice(1) : words;
  if (target === undefined) throw new Misuse("say where the backup goes: a file or a folder");
  if (others.length > 0) throw new Misuse(`one file, and not ${others.join(" ")} as well`);
  // npm runs this in the project's folder; the user may have been elsewhere.
  const path = isAbsolute(target) ? target : resolve(process.env.INIT_CWD ?? "", target);
  if (isRestore) await restore(path, options.stack, options.identity);
  else await write(path, options.stack, options.recipient);
});
