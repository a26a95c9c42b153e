import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Desk } from "./desk";

jest.setTimeout(60_000);

interface Recorded {
  args: string[];
  exit: number;
  stdout: string;
  stderr: string;
}

/**
 * Real answers of VBoxManage 7.2.22 about a machine that runs, is paused, saved, aborted and has a snapshot, and one that
 * could not be read.
 */
const transcript = JSON.parse(
  readFileSync(join(__dirname, "../../fixtures/virtualbox/transcript-running.json"), "utf8"),
) as Recorded[];

/** Calls that the stand-in answers otherwise, by their place, with the reason. */
const NOT_MODELLED: Record<number, string> = {
  27: "disks of other machines were registered",
  35: "the usage of one action of controlvm is not modelled",
  38: "nor is the whole usage of controlvm",
  58: "the machine's process died while its state was saved",
  68: "disks of other machines were registered",
  73: "likewise",
};

/** Before these calls the machine's process died by itself. */
const DIED = [58, 62];

const HOME = "/home/anna";
const MACHINE = "11111111-2222-4333-8444-55555555aaaa";
const GONE = "11111111-2222-4333-8444-55555555bbbb";

/**
 * What differs by nature, by one word: UUIDs but the machines' own, times, how far a task came, places in VirtualBox's
 * source, and what a guest had on its screen.
 */
const alike = (text: string) =>
  text
    .replace(/(?!1{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "uuid")
    .replace(/\d{4}-\d\d-\d\dT\d\d[:-]\d\d[:-]\d\d[.-]\d{9}/g, "time")
    .replace(/^(VideoMode=|Video mode:).*$/m, "$1")
    .replace(/^0%\.\.\.(?:\d+%\.\.\.)*(?=[A-Z])/m, "0%...")
    .replace(/ at line \d+ of file \S+/g, "");

describe("the transcript of the real VBoxManage with a machine that runs", () => {
  const desk = new Desk();
  const home = desk.path("anna");
  desk.box.home = home;

  beforeAll(() => {
    mkdirSync(join(home, "rec"), { recursive: true });
    writeFileSync(join(home, "rec/seed.raw"), Buffer.alloc(1 << 20, "#!/bin/sh\nexit\n"));
    writeFileSync(join(home, "rec/nixos.iso"), "");
  });
  afterAll(() => desk.clear());

  test.each(transcript.map(({ args }, place) => [place, args.join(" ").slice(0, 100)]))(
    "%d: the stand-in answers %s as the real one did",
    async (place) => {
      const recorded = transcript[place];
      if (DIED.includes(place)) await desk.run("startvm", MACHINE, "--type", "emergencystop");
      desk.time += 10_000; // no session is still being unlocked
      const answer = await desk.call(...recorded.args.map((word) => word.replaceAll(HOME, home)));
      if (recorded.args[0] === "createvm" && recorded.args.includes(GONE) && recorded.exit === 0)
        rmSync(dirname(/Settings file: '(.*)'/.exec(answer.stdout)![1]), { recursive: true });
      const got = {
        exit: answer.exit,
        stdout: alike(answer.stdout.replaceAll(home, HOME)),
        stderr: alike(answer.stderr.replaceAll(home, HOME)),
      };
      const { exit, stdout, stderr } = recorded;
      const expected = { exit, stdout: alike(stdout), stderr: alike(stderr) };
      if (place in NOT_MODELLED) expect(got).not.toEqual(expected);
      else expect(got).toEqual(expected);
    },
  );
});
