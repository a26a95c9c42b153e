import { parseIpv4 } from "../addresses";
import { Answer, ok, Refusal } from "../answer";
import { Box, change, Session } from "../box";
import { networkName } from "../interface-info";
import { OptionDefinition, parseOptions, Parsed } from "../options";
import { DhcpServer } from "../state";
import { argumentError, notModelled, syntaxError } from "../syntax";

const NETWORK_OPTIONS: OptionDefinition[] = [
  { names: ["--network", "--netname", "--net", "-netname"], kind: "string" },
  { names: ["--interface", "--ifname", "--int", "-ifname"], kind: "string" },
];

const SERVER_OPTIONS: OptionDefinition[] = [
  ...NETWORK_OPTIONS,
  { names: ["--server-ip", "--ip", "-ip"], kind: "string" },
  { names: ["--netmask", "-netmask"], kind: "string" },
  { names: ["--lower-ip", "--lowerip", "-lowerip"], kind: "string" },
  { names: ["--upper-ip", "--upperip", "-upperip"], kind: "string" },
  { names: ["--enable", "-enable"], kind: "flag" },
  { names: ["--disable", "-disable"], kind: "flag" },
];

const ADDRESSES = ["--server-ip", "--netmask", "--lower-ip", "--upper-ip"] as const;

/** The names under which VirtualBox misses an option. */
const MISSING: Record<(typeof ADDRESSES)[number], string> = {
  "--server-ip": "--ip",
  "--netmask": "--netmask",
  "--lower-ip": "--lowerip",
  "--upper-ip": "--upperip",
};

/** `dhcpserver`: keeps the records of DHCP servers. Nothing in the lab serves DHCP on host-only networks. */
export async function dhcpserver(box: Box, [action, ...args]: string[]): Promise<Answer> {
  if (action === "add") return add(box, args);
  if (action === "modify") return modify(box, args);
  if (action === "remove") return remove(box, args);
  if (["start", "restart", "stop", "findlease"].includes(action))
    throw notModelled("dhcpserver", `dhcpserver ${action}`);
  throw syntaxError(
    "dhcpserver",
    action === undefined ? "No sub-command specified" : `Unknown sub-command '${action}'`,
  );
}

async function add(box: Box, args: string[]): Promise<Answer> {
  const options = parse(args, SERVER_OPTIONS);
  const missing = ADDRESSES.find((name) => !options.has(name));
  if (missing) throw syntaxError("dhcpserver", `Missing required option: ${MISSING[missing]}`);
  return change(box, async (session) => {
    const network = await networkOf(session, options);
    if (session.state.dhcpServers.some((server) => server.network === network))
      throw argumentError("DHCP server already exists");
    const server: DhcpServer = { network, address: "", netmask: "", lower: "", upper: "", enabled: false };
    configure(server, options);
    session.state.dhcpServers.push(server);
    return ok();
  });
}

async function modify(box: Box, args: string[]): Promise<Answer> {
  const options = parse(args, SERVER_OPTIONS);
  return change(box, async (session) => {
    const network = await networkOf(session, options);
    const server = session.state.dhcpServers.find((one) => one.network === network);
    if (!server) throw argumentError("DHCP server does not exist");
    configure(server, options);
    return ok();
  });
}

async function remove(box: Box, args: string[]): Promise<Answer> {
  const options = parse(args, NETWORK_OPTIONS);
  return change(box, async (session) => {
    const network = await networkOf(session, options);
    const before = session.state.dhcpServers;
    session.state.dhcpServers = before.filter((server) => server.network !== network);
    if (session.state.dhcpServers.length < before.length) return ok();
    const { answer } = argumentError("DHCP server does not exist");
    throw new Refusal({ ...answer, exit: 1 });
  });
}

function parse(args: string[], definitions: OptionDefinition[]): Parsed {
  const options = parseOptions("dhcpserver", args, definitions);
  if (options.words.length > 0) throw syntaxError("dhcpserver", `Invalid parameter '${options.words[0]}'`);
  if (!options.has("--network") && !options.has("--interface"))
    throw syntaxError(
      "dhcpserver",
      "You need to specify either --network or --interface to identify the DHCP server",
    );
  return options;
}

async function networkOf({ network }: Session, options: Parsed): Promise<string> {
  const name = options.value("--network");
  if (name !== undefined) return name;
  const wanted = options.value("--interface")!;
  if ((await network.interfaces()).some((one) => one.name === wanted)) return networkName(wanted);
  throw argumentError(`Could not find interface '${wanted}'`);
}

function configure(server: DhcpServer, options: Parsed): void {
  server.address = options.value("--server-ip") ?? server.address;
  server.netmask = options.value("--netmask") ?? server.netmask;
  server.lower = options.value("--lower-ip") ?? server.lower;
  server.upper = options.value("--upper-ip") ?? server.upper;
  const { address, netmask, lower, upper } = server;
  if ([address, netmask, lower, upper].some((text) => parseIpv4(text) === undefined))
    throw argumentError(`Failed to set configuration (${address}, ${netmask}, ${lower}, ${upper})`);
  if (options.has("--enable")) server.enabled = true;
  if (options.has("--disable")) server.enabled = false;
}
