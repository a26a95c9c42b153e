import { isUnified, labGroup, machineGroup, parseHierarchies } from "../../../lab/machine/cgroups";

const v1 = [
  "30 24 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755",
  "31 30 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory",
  "32 30 0:28 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd",
  "33 30 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
  "34 31 0:27 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory",
].join("\n");
const v2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

test("hierarchies of control groups are found with their version, each once", () => {
  expect(parseHierarchies(v1)).toEqual([
    { mountPoint: "/sys/fs/cgroup/memory", version: 1 },
    { mountPoint: "/sys/fs/cgroup/systemd", version: 1 },
    { mountPoint: "/sys/fs/cgroup/unified", version: 2 },
  ]);
  expect(parseHierarchies(v2)).toEqual([{ mountPoint: "/sys/fs/cgroup", version: 2 }]);
  expect([isUnified(parseHierarchies(v1)), isUnified(parseHierarchies(v2))]).toEqual([false, true]);
});

test("each machine of each lab has a group of its own", () => {
  const [hierarchy] = parseHierarchies(v2);
  const groups = ["/a", "/b"].flatMap((state) =>
    ["1", "2"].map((uuid) => machineGroup(hierarchy, state, uuid)),
  );
  expect(new Set(groups).size).toBe(4);
  expect(groups[0]).toBe(`/sys/fs/cgroup/${labGroup("/a")}/1`);
});
