import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-pods-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test.each<[string, string | undefined, string, [number, string]]>([
  ["the same", "10.244.2.1/24", "10.244.2.0/24", [0, ""]],
  ["another one", "10.244.0.1/24", "10.244.2.0/24", [0, "10.244.0.1/24 10.244.2.0/24\n"]],
  ["none yet", "10.244.0.1/24", "", [0, ""]],
  ["what flannel has no part in", undefined, "10.244.2.0/24", [0, ""]],
])("pods of a node that the cluster gives %s", (_what, used, given, expected) => {
  if (used !== undefined)
    writeFileSync(join(folder, "subnet.env"), `FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=${used}\n`);
  writeFileSync(join(folder, "kubectl"), `#!/bin/sh\nprintf %s '${given}'\n`, { mode: 0o755 });
  const env = { ...process.env, KLUSTER_FLANNEL: folder, PATH: `${folder}:${process.env.PATH}` };
  const script = join(__dirname, "../../scripts/pod-network.sh");
  const { status, stdout } = spawnSync("bash", [script, "il"], { encoding: "utf8", env });
  expect([status, stdout]).toEqual(expected);
});
