import { createReadStream } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../provider/clock";
import { SnapshotInputs } from "../provider/declarations/etcd";
import { AccessRulesInputs } from "../provider/declarations/kubernetes";
import { copySnapshots } from "../provider/etcd/copy";
import { finishRestore, restoreSnapshot } from "../provider/etcd/restore";
import { openSnapshot } from "../provider/etcd/snapshot-file";
import { takeSnapshot } from "../provider/etcd/take";
import { probe } from "../provider/nixos/probe";
import { reboot } from "../provider/nixos/reboot";
import { run } from "../provider/process";
import { Context } from "../provider/resource";
import { applyAccessRules } from "../provider/resources/access-rules";
import { loginOf } from "../provider/resources/login";
import { connect, Session, withSession } from "../provider/ssh";
import { MachineServices } from "../provider/machine-services";
import { command, confirm, Misuse, readArguments } from "../stack/command";
import { stackName } from "../stack/outputs";
import { State, stateOf } from "../stack/state";
import { allSnapshots, broughtHere, reasonOf } from "./snapshots";

const USAGE = `usage: npm run etcd -- snapshot | list | restore FILE [--yes] [--stack STACK]

What is in the cluster (deployments, services, Secrets, …) lies in etcd, on the master.

  snapshot   takes a snapshot of it into the folder of kluster:snapshots (and into S3, if you have set that), as
             \`pulumi up\` does before the master or a key changes
  list       shows those that are there, the oldest first, and where each lies
  restore    puts a snapshot (a file, a name of the list, or "latest") in the place of all that etcd holds now; one that
             S3 alone has is downloaded first. What has changed in the cluster since then is gone from it. What etcd
             held stays on the master, beside it. --yes does not ask.

Without --stack it is the stack that is selected (pulumi stack select).
`;

const CHECKOUT = join(__dirname, "..");
/** Milliseconds to reach the master. */
const REACH = 30_000;
/** Seconds until everything is ready. */
const READY = 300;

const say = (text: string) => void process.stderr.write(`etcd: ${text}\n`);

/** What the state has of the snapshots and of who may do what; secret. */
interface Cluster {
  plan: SnapshotInputs;
  identity: string;
  rules: AccessRulesInputs;
}

function clusterOf({ get }: State): Cluster {
  return {
    plan: get("etcd:Snapshot::/etcd-snapshot").inputs as unknown as SnapshotInputs,
    identity: get("etcd:SnapshotKey::/snapshot-key").outputs.identity as string,
    rules: get("kubernetes:AccessRules::/access-rules").inputs as unknown as AccessRulesInputs,
  };
}

/** KLUSTER_SSH_PORT is for tests alone. */
const port = Number(process.env.KLUSTER_SSH_PORT ?? 22);
const services = new MachineServices(run, { project: CHECKOUT, cache: join(CHECKOUT, ".kluster/cache") });
const { scripts } = services;
const login = (plan: SnapshotInputs) => connect({ ...loginOf(plan), port }, { timeout: REACH });

async function snapshot({ plan }: Cluster): Promise<void> {
  const path = await withSession(login(plan), (session) =>
    takeSnapshot({ scripts, session }, plan, "asked for", Date.now()),
  );
  if (!path) throw new Error(`${plan.machine} has no etcd that holds anything`);
  process.stdout.write(`${path}\n`);
  const bucket = await copySnapshots(plan, Date.now(), { onFile: say });
  if (bucket) say(`${bucket} has it as well`);
}

async function list({ plan, identity }: Cluster): Promise<void> {
  for (const found of await allSnapshots(plan, say)) {
    const when = `${new Date(found.time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const size = `${(found.size / 2 ** 20).toFixed(1)} MB`;
    const reason = await reasonOf(plan, found, identity).catch((error: Error) => {
      say(`${found.name} could not be read: ${error.message}`);
      return "?";
    });
    const columns = [found.path ?? found.uri, when, size, ...(plan.s3 ? [found.places] : []), reason];
    process.stdout.write(`${columns.join("  ")}\n`);
  }
}

async function restore(cluster: Cluster, stack: string, word: string, isMeant: boolean): Promise<void> {
  const { plan, identity, rules } = cluster;
  const path = await broughtHere(plan, word, say);
  const { header, database, close } = await openSnapshot(createReadStream(path), [identity]);
  try {
    say(`${path} was taken ${header.time}, on ${header.machine}: ${header.reason}`);
    if (!isMeant) await confirm(`All that ${plan.machine}'s etcd holds now will be replaced by it.`, stack);
    await withSession(login(plan), async (session) => {
      const master = { scripts, session, onLine: say };
      const kept = await restoreSnapshot(master, { header, database }, plan.encryptionKeys);
      say(`what etcd held before is on ${plan.machine}, in ${kept}: delete it when it is not missed`);
      // Administrators may have been others, and so may the key of Secrets.
      say("saying who may do what, and writing all Secrets by the present key");
      await applyAccessRules({ services, clock: systemClock, port }, rules, context);
      await finishRestore(master);
      await waitFor("api", session);
      await mendPodNetwork(plan, session);
    });
    await withSession(login(plan), (session) => waitFor("dns", session));
  } finally {
    close();
  }
  say("the cluster is what it was; nodes and pods follow within a minute or two (kubectl get nodes)");
}

const waitFor = (part: string, session: Session) =>
  scripts.run(session, "wait-for-kubernetes.sh", [String(READY), part], {
    timeout: (READY + 30) * 1000,
    onLine: say,
  });

/** A master that was made anew has its pods in a network of its own until it begins with the one that is in the snapshot. */
async function mendPodNetwork(plan: SnapshotInputs, session: Session): Promise<void> {
  const other = (await scripts.run(session, "pod-network.sh", [plan.machine])).trim();
  if (other === "") return;
  const [used, given] = other.split(" ");
  say(
    `pods of ${plan.machine} have the network of ${used}, and shall have ${given}: ${plan.machine} is rebooted`,
  );
  const { system } = await probe(scripts, session);
  await reboot(scripts, { ...loginOf(plan), port }, { machine: plan.machine, storePath: system }, context);
  await withSession(login(plan), (session) => waitFor("api", session));
}

const context: Context = {
  signal: new AbortController().signal,
  status: say,
  info: say,
  warn: say,
  phase: (_name, work) => work(),
};

command("etcd", USAGE, async (args) => {
  const { words, options, flags } = readArguments(args, { options: ["stack"], flags: ["yes"] });
  const [verb, file, ...others] = words;
  const isRestore = verb === "restore";
  if (!["snapshot", "list", "restore"].includes(verb))
    throw new Misuse("say what to do: snapshot, list or restore");
  if (others.length > 0 || (isRestore ? !file : file))
    throw new Misuse(`${verb} takes ${isRestore ? "a file" : "no file"}`);
  const cluster = clusterOf(stateOf(options.stack));
  if (verb === "snapshot") await snapshot(cluster);
  else if (verb === "list") await list(cluster);
  else await restore(cluster, stackName(options.stack), file, flags.has("yes"));
});
