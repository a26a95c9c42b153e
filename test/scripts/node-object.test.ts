import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-node-object-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script with a kubectl that is some lines of bash. */
function run(kubectl: string, args: string[], input = "") {
  writeFileSync(join(folder, "kubectl"), `#!/bin/bash\n${kubectl}\n`, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(
    "bash",
    [join(__dirname, "../../scripts/node-object.sh"), ...args],
    { encoding: "utf8", input, env: { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder } },
  );
  return { status, stdout, stderr };
}
const fails = (words: string) => `echo '${words}' >&2; exit 1`;

describe("a look at a node", () => {
  test("prints it on one line, without what kubectl warns of", () => {
    const kubectl = `[ "$*" = "--request-timeout=10s get node ee --output=json" ] || exit 9
      echo 'Warning: x is deprecated' >&2; printf '{\\n  "metadata": {}\\n}\\n'`;
    expect(run(kubectl, ["read", "ee", "1"])).toEqual({
      ...{ status: 0, stdout: 'node {  "metadata": {}}\n', stderr: "" },
    });
  });

  test("says so where there is none", () => {
    const kubectl = fails('Error from server (NotFound): nodes "ee" not found');
    expect(run(kubectl, ["read", "ee", "60"])).toEqual({ status: 0, stdout: "unknown\n", stderr: "" });
  });

  test("waits for the API, and says for what", () => {
    const kubectl = `[ -e $FOLDER/asked ] && echo '{}' && exit; touch $FOLDER/asked; ${fails("refused")}`;
    expect(run(kubectl, ["read", "ee", "60"])).toEqual({
      ...{ status: 0, stdout: "waiting for the Kubernetes API: refused\nnode {}\n", stderr: "" },
    });
  });

  test.each([
    ["it does not come", "0", "refused"],
    ["it never will", "60", "Error from server (Forbidden): nobody may"],
  ])("gives up where %s", (_, limit, why) => {
    const { status, stderr } = run(fails(why), ["read", "ee", limit]);
    expect([status, stderr]).toEqual([1, `node ee could not be looked at within ${limit} s: ${why}\n`]);
  });
});

describe("a change of a node", () => {
  const change = (kubectl: string) => run(kubectl, ["patch", "ee"], '{"metadata":{}}\n');

  test("is a merge patch by a manager of its own", () => {
    const asked = "--request-timeout=10s patch node ee --type=merge --field-manager=kluster";
    const kubectl = `[ "$*" = '${asked} --patch={"metadata":{}} --output=name' ] || exit 9; echo node/ee`;
    expect(change(kubectl)).toEqual({ status: 0, stdout: "patched\n", stderr: "" });
  });

  test.each([
    'Error from server (Conflict): Operation cannot be fulfilled on nodes "ee": the object has been modified',
    "The connection to the server il:6443 was refused",
    'Error from server (NotFound): nodes "ee" not found',
  ])("is tried again after: %s", (why) =>
    expect(change(fails(why))).toEqual({ status: 0, stdout: `again ${why}\n`, stderr: "" }),
  );

  test.each(["Error from server (Forbidden): no", 'The Node "ee" is invalid: metadata.labels: x'])(
    "is not after: %s",
    (why) => expect(change(fails(why))).toEqual({ status: 1, stdout: "", stderr: `${why}\n` }),
  );
});
