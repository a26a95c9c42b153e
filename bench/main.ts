import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { readyNodes } from "../test/lab/e2e/support/kubernetes";
import { checkout, endLab, freshLab, labOutput, testState } from "../test/lab/e2e/support/lab";
import { createStack, destroy, pulumi, previewFindsNothing, up } from "../test/lab/e2e/support/pulumi";
import { watchMemory } from "./memory";
import { medians, parsePhases, Round, table } from "./numbers";

const ROUNDS = 3;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** A Pulumi program that does nothing: what Pulumi itself costs. */
async function emptyProgram(): Promise<() => Promise<unknown>> {
  const folder = join(testState, "empty");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: empty\nmain: index.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  writeFileSync(join(folder, "index.js"), 'require("@pulumi/pulumi");\n');
  writeFileSync(join(folder, "package.json"), '{"name":"empty","main":"index.js"}');
  // A stack file of its own: the lab's names the cluster's.
  const env = { PULUMI_OPTION_CONFIG_FILE: join(folder, "Pulumi.bench.yaml") };
  const inFolder = (...args: string[]) =>
    labOutput(["pulumi", "-C", folder, ...args, "--stack", "bench"], { env });
  await inFolder("stack", "select", "--create");
  return () => inFolder("preview");
}

async function round(): Promise<Round> {
  const labUp = await seconds(freshLab);
  await createStack();
  const timings = join(testState, "timings.jsonl");
  writeFileSync(timings, "");
  process.env.KLUSTER_TIMINGS = timings;
  const memory = watchMemory({ program: /@pulumi\/pulumi\/cmd\/run/, provider: /provider\.js/ });

  const upSeconds = await seconds(up);
  const phases = parsePhases(readFileSync(timings, "utf8"));
  const nodes = await readyNodes();
  if (nodes.length !== 3) throw new Error(`after up only these nodes are Ready: ${nodes.join(", ")}`);
  const noopUp = await seconds(() => pulumi("up", "--yes", "--expect-no-changes"));
  const noopPreview = await seconds(previewFindsNothing);
  const emptyPreview = await seconds(await emptyProgram());
  const destroySeconds = await seconds(destroy);

  const { program, provider } = memory.stop();
  await endLab();
  return {
    ...{ labUp, up: upSeconds, noopUp, noopPreview, emptyPreview, destroy: destroySeconds },
    ...{ programMemory: program, providerMemory: provider, phases },
  };
}

async function main(): Promise<void> {
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) {
    console.error(`round ${rounds.length + 1} of ${ROUNDS}`);
    rounds.push(await round());
  }
  const box = { cores: cpus().length, model: cpus()[0].model, memory: Math.round(totalmem() / 1e6) };
  const results = join(checkout, "bench/results");
  mkdirSync(results, { recursive: true });
  const when = new Date().toISOString();
  const file = join(results, `${when.replace(/[:.]/g, "-")}.json`);
  writeFileSync(file, JSON.stringify({ when, box, medians: medians(rounds), rounds }, null, 2) + "\n");

  console.log(`\nOn ${box.cores} cores with ${box.memory} MB, in the lab:\n\n${table(rounds)}\n`);
  const timings = join(testState, "last-round.jsonl");
  mkdirSync(testState, { recursive: true });
  writeFileSync(timings, rounds[ROUNDS - 1].phases.map((phase) => JSON.stringify(phase) + "\n").join(""));
  console.log("Seconds by phase, last round:\n");
  console.log(execFileSync(join(checkout, "demo/timings"), [timings], { encoding: "utf8" }));
  rmSync(timings);
  console.log(`All numbers: ${file}`);
}

main().catch(async (error: Error) => {
  console.error(error.message);
  await endLab().catch(() => undefined);
  process.exitCode = 1;
});
