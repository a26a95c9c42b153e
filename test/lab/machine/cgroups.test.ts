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

describe("of several mounts of a hierarchy, one is taken", () => {
  const chroot = [
    "63 24 0:26 / /srv/a\\040box/sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
    "64 63 0:27 / /srv/a\\040box/sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
    "65 63 0:28 / /srv/a\\040box/sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
    "66 63 0:29 / /srv/a\\040box/sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw",
  ].join("\n");
  const points = (...mountinfo: string[]) =>
    parseHierarchies(mountinfo.join("\n")).map(({ mountPoint }) => mountPoint);

  test("the standard place's, not that of a chroot with /sys bound, before it or after it", () => {
    const own = points(v1);
    expect(points(v1, chroot)).toEqual(own);
    expect(points(chroot, v1)).toEqual(own);
    expect(points(v2, "70 24 0:26 / /srv/box/sys/fs/cgroup rw - cgroup2 cgroup2 rw")).toEqual(points(v2));
  });

  test("the first, of controllers that share a hierarchy and have a mount for each name", () => {
    expect(
      points(
        "31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
        "32 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct",
        "33 30 0:27 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
        "34 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
      ),
    ).toEqual(["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory"]);
  });

  test("not the one of a part of it, whether by a bind or from within a namespace of control groups", () => {
    expect(
      points(
        "30 24 0:27 /../.. /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
        "31 24 0:27 / /tmp/own rw - cgroup own rw,memory",
        "32 30 0:27 /../../part /sys/fs/cgroup/memory/part rw - cgroup cgroup rw,memory",
      ),
    ).toEqual(["/sys/fs/cgroup/memory"]);
  });

  test("a container's part, where that is all there is", () => {
    expect(points("31 30 0:27 /docker/4711 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory")).toEqual([
      "/sys/fs/cgroup/memory",
    ]);
  });

  test("the first, where nothing is at the standard place", () => {
    expect(
      points(
        "31 24 0:27 / /cgroup/memory rw - cgroup cgroup rw,memory",
        "32 24 0:27 / /again/memory rw - cgroup cgroup rw,memory",
        "33 24 0:29 / /cgroup/own rw - cgroup cgroup rw,name=own",
      ),
    ).toEqual(["/cgroup/memory", "/cgroup/own"]);
  });

  test("the one that a path leads to, where another was mounted over it", () => {
    expect(
      parseHierarchies(
        [
          "31 24 0:27 / /sys/fs/cgroup rw - cgroup cgroup rw,memory",
          "32 31 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
        ].join("\n"),
      ),
    ).toEqual([{ mountPoint: "/sys/fs/cgroup", version: 2 }]);
  });

  test("and not one that the box's own programs do not see: it is somebody's own", () => {
    expect(points(v1, "70 24 0:44 / /mnt/memory rw - cgroup cgroup rw,name=mine")).toEqual(points(v1));
  });
});

test("each machine of each lab has a group of its own", () => {
  const [hierarchy] = parseHierarchies(v2);
  const groups = ["/a", "/b"].flatMap((state) =>
    ["1", "2"].map((uuid) => machineGroup(hierarchy, state, uuid)),
  );
  expect(new Set(groups).size).toBe(4);
  expect(groups[0]).toBe(`/sys/fs/cgroup/${labGroup("/a")}/1`);
});
