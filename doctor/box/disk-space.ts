import { homedir } from "node:os";
import { join } from "node:path";
import { parseBlocks } from "../../provider/virtualbox/parse";
import { type Check, type Judgement, problem, warning, well } from "../check";
import { type Box, isVirtualBox } from "./subject";

/** A place that gets written to, and how many bytes it gets. */
interface Need {
  what: string;
  path: string;
  free: number;
  /** In the first `up`. */
  atFirst: number;
  /** Once everything is full. */
  inTheEnd: number;
}

const MB = 2 ** 20;
/** The installer's ISO, as nix/installer.json has it. */
const ISO = 1700 * MB;
/** Closures of the systems, with what they are built from (docs/guide/virtualbox.md). */
const STORE = 6000 * MB;
/** What a machine's disk holds after the first `up`: one system, images, journal. */
const FIRST_DISK = 5000 * MB;

/** Room for the downloads, the Nix store and the machines' disks. */
export const diskSpaceCheck: Check<Box> = {
  name: "disk-space",
  async look(box) {
    if (!box.settings) return undefined;
    const cache = box.env.XDG_CACHE_HOME ?? join(box.env.HOME ?? homedir(), ".cache");
    const place = (what: string, path: string, atFirst: number, inTheEnd = atFirst): Need => ({
      ...{ what, path, atFirst, inTheEnd },
      free: box.freeBytes(path),
    });
    return judgeSpace(
      [
        place("the Nix store", "/nix", STORE),
        ...(isVirtualBox(box)
          ? [
              place("the NixOS installer", cache, ISO),
              ...(await machineFolder(box)).map((folder) =>
                place("the machines' disks", folder, ...disksOf(box)),
              ),
            ]
          : []),
      ],
      box.hasCluster,
    );
  },
};

function disksOf({ settings }: Box): [atFirst: number, inTheEnd: number] {
  if (settings?.provider.kind !== "virtualbox") return [0, 0];
  const disks = Object.values(settings.provider.hosts).map(({ disk }) => disk * MB);
  return [disks.length * FIRST_DISK, disks.reduce((sum, disk) => sum + disk, 0)];
}

async function machineFolder({ vbox }: Box): Promise<string[]> {
  const answer = await vbox.call(["list", "systemproperties"]).catch(() => undefined);
  const folder = answer && parseBlocks(answer.stdout)[0]?.get("Default machine folder");
  return folder ? [folder] : []; // without VirtualBox, its own check says so
}

/** @param isMade the first `up` is over, so that what it needs is there already */
export function judgeSpace(needs: readonly Need[], isMade: boolean): Judgement {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const say = ({ what, path, free }: Need, need: number) =>
    `${path} has ${gigabytes(free)} free, and ${what} need${what.endsWith("s") ? "" : "s"} ${gigabytes(need)}`;
  const short = needs.filter(({ free, atFirst }) => !isMade && free < atFirst);
  if (short.length)
    return problem(
      short.map((need) => say(need, need.atFirst)).join("; "),
      "Make room there, or have fewer or smaller machines.",
    );
  const tight = needs.filter(({ free, inTheEnd }) => !isMade && free < inTheEnd);
  if (tight.length)
    return warning(
      `${tight.map((need) => say(need, need.inTheEnd)).join("; ")} once they are full`,
      "Make room in time: a machine whose disk can't grow is paused by VirtualBox.",
    );
  return well(needs.map(({ path, free }) => `${path}: ${gigabytes(free)} free`).join(", "));
}
