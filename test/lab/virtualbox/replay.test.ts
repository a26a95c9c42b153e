import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Desk, fakeNetwork } from "./desk";

interface Recorded {
  args: string[];
  exit: number;
  stdout: string;
  stderr: string;
}

/** Real answers of VBoxManage 7.2.22, one after the other. */
const transcript = JSON.parse(
  readFileSync(join(__dirname, "../../fixtures/virtualbox/transcript.json"), "utf8"),
) as Recorded[];

/** Calls of the transcript that the stand-in answers otherwise, by their place, with the reason. */
const NOT_MODELLED: Record<number, string> = {};

/** The interfaces of the box on which the transcript was made. */
const interfaces = [
  {
    name: "eth0",
    mac: "02:fc:00:00:00:01",
    up: true,
    address: "192.0.2.2",
    netmask: "255.255.255.0",
    ipv6: "fd00::2",
    ipv6Prefix: 64,
  },
  ...[
    ["ifb0", "26:be:ad:7d:ff:f8"],
    ["ifb1", "b6:d9:9c:28:64:41"],
  ].map(([name, mac]) => ({ name, mac, up: false, address: "", netmask: "", ipv6: "", ipv6Prefix: 0 })),
];

/** Replaces what differs by nature, the same thing always by the same word. */
function normaliser() {
  const seen = new Map<string, string>();
  const word = (kind: string) => (text: string) => {
    if (!seen.has(text)) seen.set(text, `${kind}${seen.size}`);
    return seen.get(text)!;
  };
  return (text: string) =>
    text
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, word("uuid-"))
      .replace(/080027[0-9A-F]{6}/g, word("mac-"))
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}/g, "time");
}

describe("the transcript of the real VBoxManage", () => {
  const desk = new Desk(fakeNetwork(interfaces));
  const vms = desk.path("vms");
  const [ofRecording, ofStandIn] = [normaliser(), normaliser()];
  const here = (text: string) => text.replaceAll("/vms", vms);
  const there = (text: string) => text.replaceAll(vms, "/vms");

  beforeAll(() => {
    desk.setFaults({ noDriver: true }); // as on the box of the recording
    mkdirSync(vms);
    writeFileSync(join(vms, "seed.raw"), Buffer.alloc(1 << 20, "#!/bin/sh\nexit\n"));
    writeFileSync(join(vms, "nixos.iso"), Buffer.alloc(65536));
  });
  afterAll(() => desk.clear());

  test("is there as a whole", () => expect(transcript.length).toBe(61));

  test.each(transcript.map(({ args }, place) => [place, args.join(" ").slice(0, 100)]))(
    "%d: the stand-in answers %s as the real one did",
    async (place) => {
      const recorded = transcript[place];
      const answer = await desk.call(...recorded.args.map(here));
      const expected = {
        exit: recorded.exit,
        stdout: ofRecording(recorded.stdout),
        stderr: ofRecording(recorded.stderr),
      };
      const got = {
        exit: answer.exit,
        stdout: ofStandIn(there(answer.stdout)),
        stderr: ofStandIn(there(answer.stderr)),
      };
      if (place in NOT_MODELLED) expect(got).not.toEqual(expected);
      else expect(got).toEqual(expected);
    },
  );
});
