import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kluster-drain-"))));
afterEach(() => rmSync(folder, { recursive: true }));

interface World {
  /** Ready's status / cordoned / by whom / boot / message; as kubectl answers the question that the script asks. */
  node?: string;
  /** What kubectl says instead, and fails. */
  error?: string;
  /** Lines: namespace/name, and "bare". */
  pods?: string;
  /** namespace/name of those that allow nothing. */
  budgets?: string;
  /** Bash of `kubectl drain`. */
  drain?: string;
}

const READY = "True///boot-1/kubelet is posting ready status";

/** Runs the script against an API that is a handful of files. @returns also every change that was asked for */
function run(
  args: string[],
  { node = READY, error = "", pods = "", budgets = "", drain = "true" }: World = {},
) {
  writeFileSync(join(folder, "node"), node);
  writeFileSync(join(folder, "pods"), pods);
  writeFileSync(join(folder, "changes"), "");
  writeFileSync(
    join(folder, "kubectl"),
    `#!/bin/bash
     case $* in *patch\\ node*) printf '%s\\n' "\${*: -1}" >>${folder}/changes; exit ;; esac
     case $* in
     *get\\ node*) if [ -n "${error}" ]; then echo "${error}" >&2; exit 1; fi; cat ${folder}/node ;;
     *get\\ pods*) cat ${folder}/pods ;;
     *poddisruptionbudgets*) case $* in *--namespace=default*) printf '${budgets}' ;; esac ;;
     drain*) echo "$*" >>${folder}/changes; ${drain} ;;
     *) echo "unexpected: kubectl $*" >&2; exit 9 ;;
     esac\n`,
    { mode: 0o755 },
  );
  const { status, stdout, stderr } = spawnSync(
    "bash",
    [join(__dirname, "../../scripts/node-drain.sh"), ...args],
    {
      encoding: "utf8",
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, KLUSTER_LOCKS: folder },
    },
  );
  return {
    status,
    stdout,
    stderr,
    changes: readFileSync(join(folder, "changes"), "utf8").trim().split("\n"),
  };
}

const CORDON =
  '--patch={"metadata":{"annotations":{"kluster/changing":"yes"}},"spec":{"unschedulable":true}}';
const RELEASE =
  '--patch={"metadata":{"annotations":{"kluster/changing":null}},"spec":{"unschedulable":null}}';
const DRAIN = "drain ee --ignore-daemonsets --delete-emptydir-data --force --timeout=5s";

test.each<[string, World, string]>([
  ["is ready", {}, "state ready kubelet is posting ready status\n"],
  ["is not", { node: "False///b/no CNI" }, "state unready no CNI\n"],
  ["has never said how it is", { node: "////" }, "state unready \n"],
  ["is not there", { error: "Error from server (NotFound): nodes ee not found" }, "state unknown \n"],
  [
    "nobody can be asked about",
    { error: "The connection to the server il:6443 was refused" },
    "state unreachable The connection to the server il:6443 was refused\n",
  ],
])("a node that %s is told so, and nothing is changed", (_, world, stdout) => {
  expect(run(["look", "ee"], world)).toEqual({ status: 0, stdout, stderr: "", changes: [""] });
});

describe("a node is drained", () => {
  test("after it was cordoned and marked in one step, and pods that nobody makes anew are named", () => {
    const drain =
      'echo "node/ee already cordoned"; echo "Warning: deleting Pods" >&2; echo "evicting pod default/web-1"';
    const pods = "default/web-1\ndefault/once bare\n";
    expect(run(["drain", "ee", "5"], { drain, pods })).toEqual({
      status: 0,
      stdout: "state ready kubelet is posting ready status\nbare default/once\nevicting pod default/web-1\n",
      stderr: "",
      changes: [CORDON, DRAIN],
    });
  });

  test("and neither marked nor let go, where somebody has cordoned it himself", () => {
    const node = "True/true//boot-1/";
    expect(run(["drain", "ee", "5"], { node }).changes).toEqual([DRAIN]);
    expect(run(["resume", "ee", "5"], { node }).changes).toEqual([""]);
    expect(run(["drain", "ee", "5"], { node, drain: "false" }).changes).toEqual([DRAIN]);
  });

  test.each(["False///b/", "////"])("not, where its kubelet could not end a pod (%s)", (node) => {
    expect(run(["drain", "ee", "5"], { node })).toMatchObject({ status: 0, changes: [""] });
  });

  test("not, where there is no API", () => {
    const { status, stdout, changes } = run(["drain", "ee", "5"], { error: "connection refused" });
    expect([status, stdout, changes]).toEqual([0, "state unreachable connection refused\n", [""]]);
  });

  test.each([READY, "True/true/yes/boot-1/"])("or left as it was, with what is in the way (%s)", (node) => {
    const drain =
      'echo "evicting pod default/web-1"; echo "error when evicting: it would violate the budget" >&2; exit 1';
    const pods = "default/web-1\nkube-system/dns\n";
    const { status, stderr, changes } = run(["drain", "ee", "5"], {
      ...{ node, drain, pods, budgets: "default/web\\n" },
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      "the pods of node ee did not go within 5 s, so it was left as it was; still there: default/web-1, kube-system/dns; " +
        "PodDisruptionBudgets that allow no pod to go now: default/web\nerror when evicting: it would violate the budget\n",
    );
    expect(changes).toEqual([CORDON, DRAIN, RELEASE]);
  });
});

describe("a node takes pods again", () => {
  test.each<[string, string, string[]]>([
    ["if it was drained here", "True/true/yes/boot-1/", [RELEASE]],
    [
      "also if it is not ready: nothing is started there until it is",
      "False/true/yes/boot-1/no CNI",
      [RELEASE],
    ],
    ["and nothing is changed where it does already", READY, [""]],
  ])("%s", (_, node, changes) => {
    expect(run(["resume", "ee", "5"], { node })).toMatchObject({ status: 0, changes });
  });

  test("as soon as it has reported from its new boot: until then what the API says of it is of the old", () => {
    expect(run(["resume", "ee", "5", "boot-1"], { node: "True/true/yes/boot-1/" }).status).toBe(0);
    const { status, stderr, changes } = run(["resume", "ee", "1", "boot-2"], {
      node: "True/true/yes/boot-1/",
    });
    expect([status, changes]).toEqual([1, [""]]);
    expect(stderr).toMatch(
      /^node ee could not be let take pods again within 1 s: it has not reported from its new boot yet/,
    );
  });

  test("or it is said why not", () => {
    const { status, stderr } = run(["resume", "ee", "1"], { error: "connection refused" });
    expect([status, stderr]).toEqual([
      1,
      "node ee could not be let take pods again within 1 s: connection refused\n",
    ]);
  });

  test("and one that is gone needs nothing", () => {
    expect(run(["resume", "ee", "5"], { error: "Error from server (NotFound): nodes" }).status).toBe(0);
  });
});
