import { join } from "node:path";
import { Answer, errorLine, ok } from "../answer";
import { Box, look, Session } from "../box";
import { describeDhcpServer } from "../dhcp-info";
import { describeInterface, isHostOnly } from "../interface-info";
import { describeMachine } from "../machine-info";
import { describeMedium } from "../medium-info";
import { OptionDefinition, parseOptions } from "../options";
import { isAccessible } from "../registry";
import { Medium, VirtualMachine } from "../state";
import { notModelled, syntaxError } from "../syntax";
import { systemProperties } from "../system-properties";

interface ListOptions {
  long: boolean;
  sorted: boolean;
}

type Listing = (session: Session, options: ListOptions) => string | Answer | Promise<string>;

const LISTS: Record<string, Listing> = {
  vms: (session, options) => machines(session, session.state.machines, options),
  runningvms: (session, options) =>
    machines(
      session,
      session.state.machines.filter(({ power }) => power.phase === "on"),
      options,
    ),
  hdds: (session, options) => media(session, "disk", options),
  dvds: (session, options) => media(session, "dvd", options),
  floppies: () => "",
  bridgedifs: (session) => interfaces(session, false),
  hostifs: (session) => interfaces(session, false),
  hostonlyifs: (session) => interfaces(session, true),
  dhcpservers: ({ state }) => state.dhcpServers.map(describeDhcpServer).join(""),
  systemproperties: ({ home }) => systemProperties(join(home, "VirtualBox VMs")),
  groups: ({ state }) =>
    [...new Set(["/", ...state.machines.flatMap(({ groups }) => groups)])]
      .map((group) => `"${group}"\n`)
      .join(""),
  // 7.2.22 on the box of the transcript prints an empty line here, whatever types it knows.
  ostypes: () => "\n",
};

/** Lists that VirtualBox has on Linux and the stand-in does not. */
const NOT_MODELLED = [
  "cloudnets cloudprofiles cloudproviders cpu-profiles execution-engines extpacks hddbackends hostcpuids",
  "hostdrives hostdvds hostfloppies hostinfo intnets natnets natnetworks ossubtypes screenshotformats",
  "updates usbfilters usbhost webcams",
].flatMap((names) => names.split(" "));

const OPTIONS: OptionDefinition[] = [
  { names: ["--long", "-l"], kind: "flag" },
  { names: ["--sorted", "-s"], kind: "flag" },
  { names: ["--platform-arch", "--platform"], kind: "string" },
];

/** `list`: one of VirtualBox's lists. */
export async function list(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("list", args, OPTIONS);
  for (const word of options.words) {
    if (Object.hasOwn(LISTS, word)) continue;
    if (NOT_MODELLED.includes(word)) throw notModelled("list", `list ${word}`);
    throw syntaxError("list", `Unknown subcommand "${word}".`);
  }
  const wanted = options.words.at(-1);
  if (wanted === undefined) throw syntaxError("list", 'Missing subcommand for "list" command.');
  return look(box, async (session) => {
    const listOptions = { long: options.has("--long"), sorted: options.has("--sorted") };
    const listing = await LISTS[wanted](session, listOptions);
    return typeof listing === "string" ? ok(listing) : listing;
  });
}

function machines({ state }: Session, all: VirtualMachine[], { long, sorted }: ListOptions): Answer {
  const ordered = sorted ? [...all].sort((one, other) => (one.name < other.name ? -1 : 1)) : all;
  const stdout = ordered.map((machine) => {
    if (!isAccessible(machine)) return long ? inaccessible(machine) : `"<inaccessible>" {${machine.uuid}}\n`;
    return long
      ? describeMachine(state, machine, { machineReadable: false, console: false })
      : `"${machine.name}" {${machine.uuid}}\n`;
  });
  const unread = long ? ordered.filter((machine) => !isAccessible(machine)) : [];
  return ok(stdout.join(""), unread.map(accessError).join(""));
}

const inaccessible = ({ uuid, settingsFile }: VirtualMachine) =>
  [
    "Name:            <inaccessible!>",
    `UUID:            ${uuid}`,
    `Config file:     ${settingsFile}`,
    "Encryption:     disabled",
    "Access error details:",
    "",
    "",
  ].join("\n");

/** Printed to stderr; the call succeeds all the same. */
const accessError = ({ settingsFile }: VirtualMachine) =>
  [
    `Runtime error opening '${settingsFile}' for reading VERR_FILE_NOT_FOUND (File not found.).`,
    "/build/reproducible-path/virtualbox-7.2.22-dfsg/src/VBox/Main/src-server/MachineImpl.cpp[999] (nsresult Machine::i_registeredInit())",
    "Details: code NS_ERROR_FAILURE (0x80004005), component MachineWrap, interface IMachine",
  ]
    .map(errorLine)
    .join("");

const media = ({ state }: Session, kind: Medium["kind"], { long }: ListOptions) =>
  state.media
    .filter((medium) => medium.kind === kind)
    .map((medium) => `${describeMedium(state, medium, { long })}\n`)
    .join("");

async function interfaces({ network, state }: Session, hostOnly: boolean): Promise<string> {
  const all = await network.interfaces();
  return all
    .filter((one) => isHostOnly(one.name) === hostOnly)
    .map((one) => describeInterface(one, network.namespace(), state.extraData))
    .join("");
}
