import { spawnSync } from "node:child_process";
import { freeInotify, inotifyLimits, makeRoomForInotify, Sysctls } from "../../../lab/cli/inotify";
import { Run, run } from "../../../provider/process";

const [instances, watches] = inotifyLimits.map(({ needed }) => needed);

/** What trying says each time, such as "12 5000". */
const trying = (...answers: string[]): Run => {
  return async () => ({ code: 0, stdout: `${answers.shift()}\n`, stderr: "" });
};

/** A box with these limits; `locked` is why they cannot be written. */
class Box implements Sysctls {
  readonly limits: Record<string, number> = { max_user_instances: 128, max_user_watches: 192_536 };
  constructor(private readonly locked?: string) {}
  read = (name: string) => this.limits[name];
  write = (name: string, value: number) => {
    if (this.locked) throw new Error(this.locked);
    this.limits[name] = value;
  };
}

test("a box with room for the machines is left as it is", async () => {
  const box = new Box();
  expect(await makeRoomForInotify(trying(`${instances} ${watches}`), 1, box)).toEqual([]);
  expect(box.limits).toEqual(new Box().limits);
});

test("a box whose instances are used up gets more, and is told so with the way back", async () => {
  const box = new Box();
  const done = await makeRoomForInotify(trying(`12 ${watches}`, `${instances} ${watches}`), 1, box);
  expect(box.limits).toEqual({ max_user_instances: 512, max_user_watches: 192_536 });
  expect(done).toEqual([
    expect.stringMatching(
      /^raised fs\.inotify\.max_user_instances of this box from 128 to 512: 12 of the 90/,
    ),
  ]);
  expect(done[0]).toContain("`sysctl fs.inotify.max_user_instances=128`");
});

test("a limit that is high already is raised further by what is needed", async () => {
  const box = new Box();
  box.limits.max_user_instances = 8192;
  box.limits.max_user_watches = 1_000_000;
  await makeRoomForInotify(trying("0 0", `${instances} ${watches}`), 1, box);
  expect(box.limits).toEqual({
    max_user_instances: 8192 + instances,
    max_user_watches: 1_000_000 + watches,
  });
});

test("a lab beside one that is up, perhaps without machines yet, asks for both", async () => {
  const asked: string[][] = [];
  const look: Run = async (_, args) => {
    asked.push(args.slice(-2));
    return { code: 0, stdout: asked.length === 1 ? "128 10000\n" : "180 10000\n", stderr: "" };
  };
  const done = await makeRoomForInotify(look, 2, new Box());
  expect(asked).toEqual([
    ["180", "10000"],
    ["180", "10000"],
  ]);
  expect(done).toEqual([expect.stringContaining("128 of the 180 that the machines need were free")]);
});

test("where the lab cannot raise a limit, it says what to type", async () => {
  await expect(
    makeRoomForInotify(trying(`12 ${watches}`), 1, new Box("EROFS: read-only file system")),
  ).rejects.toThrow(
    /^inotify instances: 12 of the 90 .* fs\.inotify\.max_user_instances cannot be written here: EROFS[^]*: sysctl fs\.inotify\.max_user_instances=512$/,
  );
});

test("where raising does not help, it names the other limit", async () => {
  await expect(makeRoomForInotify(trying(`12 ${watches}`, `12 ${watches}`), 1, new Box())).rejects.toThrow(
    "/proc/sys/user/max_inotify_instances",
  );
});

const perl = spawnSync("perl", ["-v"]).status === 0 && process.arch === "x64" && process.platform === "linux";

(perl ? describe : describe.skip)("trying (needs Perl on Linux and x86_64)", () => {
  /** Tries in a user namespace with limits of its own, so that the box's are neither needed nor used up. */
  const limited =
    (limits: Record<string, number>): Run =>
    (command, args, options) => {
      const set = Object.entries(limits).map(([name, value]) => `echo ${value} >/proc/sys/user/${name}`);
      const script = [...set, 'exec "$@"'].join(" && ");
      const enter = ["--user", "--map-root-user", "sh", "-c", script, "sh"];
      return run("unshare", [...enter, command, ...args], options);
    };
  const namespaces = spawnSync("unshare", ["--user", "--map-root-user", "true"]).status === 0;
  const inNamespace = namespaces ? test : test.skip;

  inNamespace("finds out how many instances and watches are left", async () => {
    expect(await freeInotify(limited({ max_inotify_instances: 7, max_inotify_watches: 30 }))).toEqual([
      7, 30,
    ]);
  });

  inNamespace("looks no further than what is needed", async () => {
    const found = await freeInotify(limited({ max_inotify_instances: 100_000 }));
    expect(found[1]).toBeGreaterThan(0);
    expect(found[0]).toBeLessThanOrEqual(instances);
    expect(found[1]).toBeLessThanOrEqual(watches);
  });

  inNamespace("survives a user without any", async () => {
    expect((await freeInotify(limited({ max_inotify_instances: 0 })))[0]).toBe(0);
  });
});
