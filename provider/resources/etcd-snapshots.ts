import { createHash } from "node:crypto";
import { newAgeKey } from "../age";
import { Clock, systemClock } from "../clock";
import {
  ETCD_SNAPSHOT,
  SNAPSHOT_KEY,
  SnapshotInputs,
  SnapshotKeyInputs,
  SnapshotKeyOutputs,
} from "../declarations/etcd";
import { copySnapshots } from "../etcd/copy";
import { NoSnapshot, takeSnapshot } from "../etcd/take";
import { Context, implement, Resource } from "../resource";
import { connect, waitForSsh, withSession } from "../ssh";
import { MachineServices } from "../machine-services";
import { loginOf } from "./login";

const REACH_DEADLINE = 120_000;
/** Of a machine that is to be replaced: it may be why it is. */
const KNOCK = 10_000;

/**
 * Snapshots of etcd: before the master's system or a key is another, and before another machine takes the master's place.
 * The key is one of the first resources of a program, and so tells whether there is one: `pulumi destroy` runs none.
 */
export function etcdSnapshots(
  services: MachineServices,
  clock: Clock = systemClock,
  port = 22,
): { key: Resource<SnapshotKeyInputs, SnapshotKeyOutputs>; snapshot: Resource<SnapshotInputs, object> } {
  /** What the program of this run says; undefined where there is none. */
  let wanted: SnapshotKeyInputs["beforeReplacement"] | undefined;

  const login = (inputs: SnapshotInputs) => ({ ...loginOf(inputs), port });

  async function take(
    opening: ReturnType<typeof connect>,
    inputs: SnapshotInputs,
    reason: string,
    context: Context,
  ): Promise<void> {
    const { scripts } = services;
    const path = await withSession(opening, (session) =>
      context.phase("snapshot of etcd", () =>
        takeSnapshot({ scripts, session, signal: context.signal }, inputs, reason, clock.now()),
      ),
    );
    if (!path) return;
    context.info(`${reason}: etcd's snapshot is ${path}`);
    await copy(inputs, context);
  }

  /** With the snapshot in the folder, S3 is in nobody's way. */
  async function copy(inputs: SnapshotInputs, context: Context): Promise<void> {
    const { signal, status } = context;
    try {
      const bucket = await context.phase("snapshots to S3", () =>
        copySnapshots(inputs, clock.now(), { clock, signal, onFile: status }),
      );
      if (bucket) context.info(`etcd's snapshots are in ${bucket} as well`);
    } catch (error) {
      context.warn(`etcd's snapshot is in ${inputs.folder}; ${(error as Error).message}`);
    }
  }

  const key = implement(SNAPSHOT_KEY, {
    ignore: ["beforeReplacement"],
    async check(inputs) {
      wanted = inputs.beforeReplacement;
      return { inputs };
    },
    async create() {
      const outputs = await newAgeKey();
      return { id: createHash("sha256").update(outputs.recipient).digest("hex").slice(0, 8), outputs };
    },
  });

  const snapshot = implement(ETCD_SNAPSHOT, {
    replaceOn: ["identity"],
    ignore: [
      "machine",
      "address",
      "hostKey",
      "privateKey",
      "folder",
      "keep",
      "days",
      "s3",
      "recipients",
      "encryptionKeys",
    ],
    // A new machine has nothing to lose.
    create: async ({ identity }) => ({ id: identity, outputs: {} }),

    foresee({ before, inputs }, context) {
      context.info(
        `${reasonFor(before, inputs)}: a snapshot of etcd is taken, into ${inputs.folder}${alsoInto(inputs)}`,
      );
      return {};
    },

    async update(_id, { before, inputs }, context) {
      const onWait = (reason: string) => context.status(`waiting for the machine: ${reason}`);
      const wait = { deadline: REACH_DEADLINE, onWait, signal: context.signal };
      const reason = reasonFor(before, inputs);
      try {
        await take(waitForSsh(login(inputs), wait), inputs, reason, context);
      } catch (error) {
        // It must not be in the way of what repairs etcd. What changes leaves its data where it is.
        if (!(error instanceof NoSnapshot)) throw error;
        context.warn(
          `${reason}: no snapshot of etcd could be taken, and the change goes on. ${error.message}`,
        );
      }
      return {};
    },

    async delete(_id, { inputs }, context) {
      if (wanted === undefined) return; // the whole stack goes, and the key with it
      const { machine } = inputs;
      const opening = connect(login(inputs), { timeout: KNOCK, signal: context.signal });
      const silence = await opening.then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (silence !== undefined) {
        const lost = "what its etcd holds is lost with it but for what an earlier snapshot has";
        return context.warn(`${machine} is replaced, and gives no snapshot of etcd: ${silence}; ${lost}`);
      }
      try {
        await take(opening, inputs, `before the machine ${machine} is replaced`, context);
      } catch (error) {
        if (wanted === "required") throw new Error(refusal(machine, (error as Error).message));
        context.warn(`${machine} is replaced without a snapshot of etcd: ${(error as Error).message}`);
      }
    },
  });

  return { key, snapshot };
}

/** Such as "before the system of il changes". */
function reasonFor(before: SnapshotInputs, { machine, occasion }: SnapshotInputs): string {
  const names = [...new Set([...Object.keys(before.occasion), ...Object.keys(occasion)])];
  const others = names.filter((name) => before.occasion[name] !== occasion[name]);
  const named = others.map((name) => (name === "system" ? `the system of ${machine}` : `keys (${name})`));
  return `before ${named.join(" and ")} ${others.join() === "system" ? "changes" : "change"}`;
}

const alsoInto = ({ s3 }: SnapshotInputs) => (s3 ? ` and the bucket ${s3.bucket} at ${s3.endpoint}` : "");

const refusal = (machine: string, why: string) =>
  `${machine} is not replaced: what its etcd holds would be lost, and no snapshot could be taken: ${why}\n` +
  `Look what is wrong with it (npm run doctor -- ${machine}), or let it go: pulumi config set --path kluster:snapshots.beforeReplacement tried`;
