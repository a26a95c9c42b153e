import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-removed-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function run(kubectl: string) {
  writeFileSync(join(folder, "kubectl"), `#!/bin/bash\n${kubectl}\n`, { mode: 0o755 });
  const script = join(__dirname, "../../scripts/removed-apis.sh");
  return spawnSync("bash", [script], {
    encoding: "utf8",
    input: '{"kind":"Config"}\n',
    env: { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder },
  });
}

test("the API server's count is asked for as administrator, who is in no argument", () => {
  const metric = 'apiserver_requested_deprecated_apis{group="batch"} 1';
  const { status, stdout } = run(
    `[ "$(cat \${1#--kubeconfig=})" = '{"kind":"Config"}' ] && [ "\${*:3}" = "get --raw /metrics" ] || exit 3
     printf '%s\\n' '# HELP apiserver_requested_deprecated_apis' 'go_threads 3' '${metric}'`,
  );
  expect([status, stdout]).toEqual([0, `${metric}\n`]);
});

test("none is no fault", () => {
  const { status, stdout } = run("echo go_threads 3");
  expect([status, stdout]).toEqual([0, ""]);
});

test("an API server that is away for a moment is waited for", () => {
  const { status } = run(`[ -e $FOLDER/asked ] || { touch $FOLDER/asked; echo refused >&2; exit 1; }`);
  expect(status).toBe(0);
});
