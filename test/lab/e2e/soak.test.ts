import "./support/on-dev";
import * as fc from "fast-check";
import { apply, kubectl } from "./support/kubernetes";
import { endLab, freshLab } from "./support/lab";
import { MACHINES, onMachines, outputOn, outputOnEach, vms } from "./support/machines";
import { createStack, machines, pulumi, up } from "./support/pulumi";
import { Cluster, sequences, Step } from "./support/soak";
import { clusterIsWhole } from "./support/whole";

/** Another one makes other sequences, and the same one the same. */
const SEED = Number(process.env.KLUSTER_SOAK_SEED ?? Date.now() % 1_000_000);
const SEQUENCES = Number(process.env.KLUSTER_SOAK_SEQUENCES ?? 5);
/** No sequence begins after that; one that has begun is ended. */
const MINUTES = Number(process.env.KLUSTER_SOAK_MINUTES ?? 45);

/** What nobody may lose: the VMs, a file on each disk, and what is in etcd. */
async function treasures(): Promise<unknown> {
  const files = await outputOnEach("cat /var/lib/soak-kept");
  return [
    (await vms()).map(({ uuid }) => uuid).sort(),
    files,
    await kubectl(["get", "configmap", "soak-kept", "-o", "jsonpath={.data.it}"]),
  ];
}

/** Each machine runs the system that the state names, which is the one of its inventory. */
async function expectWished(cluster: Cluster): Promise<void> {
  const known = await machines();
  await onMachines(async (run) => {
    for (const machine of MACHINES) {
      const look =
        "readlink -f /run/current-system /nix/var/nix/profiles/system; cat /etc/soak 2>/dev/null || true";
      const { system } = known[machine];
      const number = cluster.wished(machine);
      expect([machine, await outputOn(run, machine, look)]).toEqual([
        machine,
        `${system}\n${system}\n${number === undefined ? "" : number}`,
      ]);
    }
  });
}

const say = (text: string) => void process.stderr.write(`soak, seed ${SEED}: ${text}\n`);
const told = (sequence: readonly Step[]) => sequence.map((step) => JSON.stringify(step)).join(" ");

describe("what may happen to a cluster, at random", () => {
  const cluster = new Cluster();
  const begin = Date.now();
  let before: unknown;
  beforeAll(async () => {
    await freshLab();
    await createStack();
    await up();
    await outputOnEach("hostname >/var/lib/soak-kept");
    const metadata = { name: "soak-kept" };
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { it: "kept" } });
    before = await treasures();
  });
  afterAll(endLab);

  test("one refresh and one up end in what the inventory says, and nothing is lost", async () => {
    const all = fc.sample(sequences, { seed: SEED, numRuns: SEQUENCES });
    for (const [index, sequence] of all.entries()) {
      if (Date.now() - begin > MINUTES * 60_000)
        return say(`its time is over, ${all.length - index} are left`);
      say(`${index + 1} of ${all.length}: ${told(sequence)}`);
      for (const step of sequence) await cluster.take(step);
      await cluster.takeBackWhatFails();
      await pulumi("refresh", "--yes");
      await up();
      await clusterIsWhole();
      await expectWished(cluster);
      expect(await treasures()).toEqual(before);
    }
  }, 86_400_000);
});
