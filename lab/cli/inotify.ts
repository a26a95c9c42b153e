import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../../provider/process";
import { must } from "../machine/must";

/**
 * Room for inotify. The kernel limits its instances and watches for each user, and root of all machines, of all labs and
 * of the box is one user: where they run out, a kubelet restarts for ever and a containerd goes on without CRI.
 */
export interface Limit {
  /** The sysctl, below fs.inotify. */
  name: string;
  /**
   * For a lab's three machines, well on the safe side: a master was seen to take 14 instances (kubelet 5, systemd 3, API
   * server 4, D-Bus, containerd) and 150 watches, without any pods of a user's.
   */
  needed: number;
  /** What it is raised to at least, as the documentation of kind (Kubernetes in containers) advises. */
  raised: number;
}

export const inotifyLimits: Limit[] = [
  { name: "max_user_instances", needed: 90, raised: 512 },
  { name: "max_user_watches", needed: 5_000, raised: 524_288 },
];

/** The box's sysctls. */
export interface Sysctls {
  read(name: string): number;
  /** @throws Error when they cannot be written, as in some containers */
  write(name: string, value: number): void;
}

const folder = "/proc/sys/fs/inotify";
const boxSysctls: Sysctls = {
  read: (name) => Number(readFileSync(join(folder, name), "utf8")),
  write: (name, value) => writeFileSync(join(folder, name), `${value}\n`),
};

/**
 * Takes so many instances and watches, says how many it got, and lets go of them by its end. To try is the only way to
 * know: /proc does not show what counts from outside of a container. System calls 294 and 254 are x86_64's
 * inotify_init1 and inotify_add_watch, errno 28 is ENOSPC.
 */
const probe = `
my ($instances, $watches) = @ARGV;
my ($made, $watched, $fd) = (0, 0, -1);
while ($made < $instances) {
  my $new = syscall(294, 0);
  last if $new < 0;
  $fd = $new;
  $made++;
}
my %seen;
for my $path ($fd < 0 ? () : (glob("/usr/*/*"), glob("/usr/*/*/*"))) {
  last if $watched >= $watches;
  my $watch = syscall(254, $fd, $path, 0x100);
  if ($watch >= 0) { $watched++ unless $seen{$watch}++; next; }
  next unless $! == 28;
  print "$made $watched\\n";
  exit;
}
print "$made $watches\\n";
`;

/** @returns how many can be had now, for each of {@link inotifyLimits}; it looks no further than for what is needed */
export async function freeInotify(run: Run, limits: Limit[] = inotifyLimits): Promise<number[]> {
  const needed = limits.map((limit) => `${limit.needed}`);
  return (await must(run, "perl", ["-e", probe, ...needed])).split(" ").map(Number);
}

/**
 * Looks whether the machines' programs will get what they need of inotify, and raises the box's limits where they will
 * not. Raised limits stay, for other labs may have come to rely on them.
 * @param labs how many there will be on this box: those that are up may have no machines yet
 * @returns what was raised, in words; empty when there is room
 * @throws Error that names the limit and what to type, when the lab cannot raise it
 */
export async function makeRoomForInotify(
  run: Run,
  labs: number,
  sysctls: Sysctls = boxSysctls,
): Promise<string[]> {
  const limits = inotifyLimits.map((limit) => ({ ...limit, needed: limit.needed * labs }));
  const done: string[] = [];
  const before = await freeInotify(run, limits);
  for (const [at, limit] of limits.entries()) {
    if (before[at] >= limit.needed) continue;
    const value = sysctls.read(limit.name);
    const wanted = Math.max(limit.raised, value + limit.needed);
    try {
      sysctls.write(limit.name, wanted);
    } catch (error) {
      throw tooFew(limit, before[at], `cannot be written here: ${(error as Error).message}`, wanted);
    }
    done.push(
      `raised fs.inotify.${limit.name} of this box from ${value} to ${wanted}: ${before[at]} of the ` +
        `${limit.needed} that the machines need were free; it stays so until the box restarts ` +
        `(\`sysctl fs.inotify.${limit.name}=${value}\` puts it back)`,
    );
  }
  if (done.length === 0) return done;
  const after = await freeInotify(run, limits);
  for (const [at, limit] of limits.entries())
    if (after[at] < limit.needed)
      throw tooFew(limit, after[at], `is ${sysctls.read(limit.name)}, which did not help`);
  return done;
}

/** @param wanted what the limit must be; undefined where the box's limit is not what is in the way */
function tooFew({ name, needed }: Limit, free: number, why: string, wanted?: number): Error {
  const what = name.replace("max_user_", "inotify ");
  const next =
    wanted === undefined
      ? `/proc/sys/user/${name.replace("max_user_", "max_inotify_")} limits them, too, on the box and in each user ` +
        "namespace around this one: raise it there"
      : `outside of any container, on the box itself, as root: sysctl fs.inotify.${name}=${wanted}`;
  return new Error(
    `${what}: ${free} of the ${needed} that the machines need are free, and fs.inotify.${name} ${why}\n  ${next}`,
  );
}
