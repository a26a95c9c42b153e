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

/** Real answers of VBoxManage 7.2.22 about a machine that ran, had a snapshot, and one that could not be read. */
const transcript = JSON.parse(
  readFileSync(join(__dirname, "../../fixtures/virtualbox/transcript-running.json"), "utf8"),
) as Recorded[];

/** Calls that the stand-in answers otherwise, by their place, with the reason. */
const NOT_MODELLED: Record<number, string> = {
  21: "the real one asks for the platform first, and tells that this failed in the same words",
};

const HOME = "/home/anna";
const GONE = "11111111-2222-4333-8444-55555555bbbb";

/** What differs by nature, by one word: UUIDs but the machines' own, how far a task came, places in VirtualBox's source. */
const alike = (text: string) =>
  text
    .replace(/(?!1{8})[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "uuid")
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
