import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SCRIPT = join(__dirname, "../../scripts/etcd-restore.sh");
jest.setTimeout(60_000);

let folder: string;
const path = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(path(name), "utf8");
const program = (name: string, text: string) =>
  writeFileSync(path(name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kluster-etcd-"));
  for (const name of ["etcd/member", "kluster/kubernetes"]) mkdirSync(path(name), { recursive: true });
  writeFileSync(path("etcd/member/db"), "before");
  writeFileSync(path("kluster/kubernetes/encryption.json"), "the present key\n", { mode: 0o400 });
  const environment = `ETCD_DATA_DIR=${folder}/etcd ETCD_NAME=il ETCD_INITIAL_CLUSTER=il=https://etcd.local:2380 ETCD_INITIAL_CLUSTER_TOKEN=etcd-cluster ETCD_INITIAL_ADVERTISE_PEER_URLS=https://etcd.local:2380`;
  // Says what etcd and the API server would find, whenever one of them is started.
  program(
    "systemctl",
    `case $* in
     *LoadState*) case $* in *addon*) echo not-found ;; *) echo loaded ;; esac ;;
     *Environment*) echo "${environment}" ;;
     *User*) echo root ;;
     *) echo "$*; db=$(cat ${folder}/etcd/member/db 2>/dev/null) key=$(cat ${folder}/kluster/kubernetes/encryption.json)" >>${folder}/calls ;;
     esac`,
  );
  program(
    "etcdutl",
    `echo "etcdutl $*" >>${folder}/calls
     while [ $# -gt 0 ]; do [ "$1" != --data-dir ] || data=$2; shift; done
     mkdir -p $data/member; cp ${folder}/kluster/etcd-restore/snapshot.db $data/member/db`,
  );
  program("kubectl", "echo ok");
});
afterEach(() => rmSync(folder, { recursive: true }));

function script(verb: string, input = "") {
  const { status, stdout, stderr } = spawnSync("bash", [SCRIPT, verb], {
    env: { PATH: `${folder}:${process.env.PATH}`, KLUSTER_FOLDER: path("kluster") },
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
const calls = () => read("calls").trim().split("\n");
const aside = () => readdirSync(path("etcd")).filter((name) => name !== "member");

test("what etcd held stays beside what it holds now, as etcd's unit names the member", () => {
  expect(script("upload", "snapshot").status).toBe(0);
  const { status, stdout } = script("restore", "\n");
  expect(status).toBe(0);
  const [kept] = aside();
  expect(stdout.trim().split("\n").at(-1)).toBe(`kept ${path("etcd")}/${kept}`);
  expect([read("etcd/member/db"), read(`etcd/${kept}/db`)]).toEqual(["snapshot", "before"]);
  const [restored, stop, , ...starts] = calls();
  expect(restored).toMatch(
    /--name il --initial-cluster il=https:\/\/etcd\.local:2380 --initial-cluster-token etcd-cluster --initial-advertise-peer-urls https:\/\/etcd\.local:2380 --bump-revision 1000000000 --mark-compacted$/,
  );
  const units = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
    (unit) => `${unit}.service`,
  );
  expect(stop).toBe(`stop ${units.join(" ")}; db=before key=the present key`);
  expect(starts).toEqual(units.map((unit) => `start ${unit}; db=snapshot key=the present key`));
  expect(readdirSync(path("kluster/etcd-restore"))).toEqual(["lock"]);
});

test("the API server reads with other keys as well, until all Secrets are written anew", () => {
  script("upload", "snapshot");
  expect(script("restore", "both keys\n").status).toBe(0);
  expect(calls().at(-1)).toContain("key=both keys");
  const file = "kluster/kubernetes/encryption.json";
  expect((statSync(path(file)).mode & 0o777).toString(8)).toBe("400");
  expect(script("finish").status).toBe(0);
  expect(read(file)).toBe("the present key\n");
  expect(calls().find((call) => call.startsWith("restart"))).toBe(
    "restart kube-apiserver.service; db=snapshot key=the present key",
  );
  expect(readdirSync(path("kluster/kubernetes"))).toEqual(["encryption.json"]);
  writeFileSync(path("calls"), "");
  expect(script("finish").status).toBe(0); // once more has nothing to do
  expect(read("calls")).toBe("");
});

test("a snapshot that etcd does not take changes nothing", () => {
  script("upload", "snapshot");
  program("etcdutl", 'echo "expected sha256 … got …" >&2; exit 1');
  const { status, stderr } = script("restore", "both keys\n");
  expect([status, stderr]).toEqual([1, "expected sha256 … got …\n"]);
  expect(existsSync(path("calls"))).toBe(false);
  expect([read("etcd/member/db"), read("kluster/kubernetes/encryption.json")]).toEqual([
    "before",
    "the present key\n",
  ]);
});

test("where etcd does not come up with it, all is as before", () => {
  script("upload", "snapshot");
  const systemctl = read("systemctl");
  program(
    "systemctl",
    `${systemctl}\n[[ $* != "start etcd.service" || $(cat ${folder}/etcd/member/db) != snapshot ]]`,
  );
  const { status, stdout } = script("restore", "both keys\n");
  expect(status).toBe(1);
  expect(stdout).toContain("going back to what etcd held before");
  expect(calls().at(-1)).toBe("start kube-scheduler.service; db=before key=the present key");
  expect(aside()).toEqual([]);
  // What went wrong can be tried again.
  writeFileSync(path("systemctl"), systemctl);
  expect(script("restore", "both keys\n").status).toBe(0);
  expect(read("etcd/member/db")).toBe("snapshot");
});

test("a fresh machine whose etcd holds nothing yet takes it, too", () => {
  rmSync(path("etcd/member"), { recursive: true });
  script("upload", "snapshot");
  expect(script("restore", "\n").status).toBe(0);
  expect([read("etcd/member/db"), aside()]).toEqual(["snapshot", []]);
});

test("two at once are one too many", () => {
  mkdirSync(path("kluster/etcd-restore"));
  const holder = spawnSync(
    "bash",
    ["-c", `exec 8>${path("kluster/etcd-restore/lock")}; flock 8; exec bash ${SCRIPT} restore 8>&8`],
    {
      env: { PATH: `${folder}:${process.env.PATH}`, KLUSTER_FOLDER: path("kluster") },
      encoding: "utf8",
      input: "\n",
    },
  );
  expect(holder.status).toBe(1);
  expect(holder.stderr).toContain("another restore is under way on this machine\n");
});
