import { isPermittedHostOnlyAddress, prefixLengthOf, parseIpv4 } from "../addresses";
import { Answer, ok, PROGRESS, Refusal, errorLine } from "../answer";
import { Box, change, Session } from "../box";
import { comError } from "../com-error";
import { readFaults } from "../faults";
import { HostInterface } from "../host-network";
import { addressKeys, isHostOnly } from "../interface-info";
import { parseOptions } from "../options";
import { notModelled, syntaxError } from "../syntax";

const FILE = "VBoxManageHostonly.cpp";

/** `hostonlyif`: makes, configures and removes host-only interfaces, which are shared by all VMs of the box. */
export async function hostonlyif(box: Box, [action, ...args]: string[]): Promise<Answer> {
  if (action === "create") return create(box, args);
  if (action === "ipconfig") return ipconfig(box, args);
  if (action === "remove") return remove(box, args);
  throw syntaxError(
    "hostonlyif",
    action === undefined ? "No sub-command specified" : `Unknown sub-command '${action}'`,
  );
}

async function create(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("hostonlyif", args, [{ names: ["--machinereadable"], kind: "flag" }]);
  return change(box, async ({ network, store }) => {
    if (readFaults(store).noDriver)
      throw comError({
        code: "NS_ERROR_FAILURE",
        reporter: "hostInterface",
        heading: "Failed to create the host-only adapter",
        message:
          "VBoxNetAdpCtl: Error while adding new interface: failed to open /dev/vboxnetctl: No such file or directory",
        context: { call: "RTEXITCODE handleCreate(HandlerArg*)", line: 105, file: FILE },
        task: true,
        begun: true,
      });
    const taken = (await network.interfaces()).map(({ name }) => name);
    let number = 0;
    while (taken.includes(`vboxnet${number}`)) number++;
    const name = `vboxnet${number}`;
    await network.createInterface(name, `0a:00:27:00:00:${number.toString(16).padStart(2, "0")}`);
    return options.has("--machinereadable")
      ? ok(name)
      : ok(`Interface '${name}' was successfully created\n`, PROGRESS);
  });
}

async function ipconfig(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("hostonlyif", args, [
    { names: ["--ip", "-ip"], kind: "string" },
    { names: ["--netmask", "-netmask"], kind: "string" },
    { names: ["--dhcp", "-dhcp"], kind: "flag" },
    { names: ["--ipv6", "-ipv6"], kind: "string" },
    { names: ["--netmasklengthv6", "-netmasklengthv6"], kind: "number" },
  ]);
  if (options.has("--dhcp") || options.has("--ipv6") || options.has("--netmasklengthv6"))
    throw notModelled("hostonlyif", "hostonlyif ipconfig with --dhcp or IPv6");
  const address = options.value("--ip");
  const netmask = options.value("--netmask") ?? "255.255.255.0";
  return change(box, async (session) => {
    const { name } = await find(session, options.words, 242);
    if (address === undefined)
      throw syntaxError("hostonlyif", "Neither -dhcp nor -ip nor -ipv6 was specfified");
    const prefixLength = prefixLengthOf(netmask);
    if (parseIpv4(address) === undefined || prefixLength === undefined)
      throw ipconfigError("NS_ERROR_FAILURE", "0x80004005", "Operation failed");
    if (!isHostOnly(name) || !isPermittedHostOnlyAddress(address, session.network.networksConf()))
      throw ipconfigError("E_ACCESSDENIED", "0x80070005", "Access denied");
    await session.network.setAddress(name, address, prefixLength);
    const keys = addressKeys(name);
    session.state.extraData[keys.address] = address;
    session.state.extraData[keys.netmask] = netmask;
    return ok();
  });
}

/** The error of a call that says nothing but its code. */
const ipconfigError = (code: string, number: string, text: string) =>
  new Refusal({
    exit: 1,
    stdout: "",
    stderr:
      errorLine(`Code ${code} (${number}) - ${text} (extended info not available)`) +
      errorLine(
        `Context: "EnableStaticIPConfig(Bstr(pszIp).raw(), Bstr(pszNetmask).raw())" at line 252 of file ${FILE}`,
      ),
  });

async function remove(box: Box, args: string[]): Promise<Answer> {
  const { words } = parseOptions("hostonlyif", args, []);
  return change(box, async (session) => {
    const { name } = await find(session, words, 155);
    if (!isHostOnly(name))
      throw comError({
        code: "NS_ERROR_INVALID_ARG",
        reporter: "host",
        message: `The host network interface '${name}' is not a host-only interface`,
        context: {
          call: "RemoveHostOnlyNetworkInterface(guid.raw(), progress.asOutParam())",
          line: 161,
          file: FILE,
        },
      });
    await session.network.removeInterface(name);
    const keys = addressKeys(name);
    delete session.state.extraData[keys.address];
    delete session.state.extraData[keys.netmask];
    return ok("", PROGRESS);
  });
}

async function find({ network }: Session, words: string[], line: number): Promise<HostInterface> {
  const [name, surplus] = words;
  if (surplus !== undefined) throw syntaxError("hostonlyif", "Only one interface name can be specified");
  if (name === undefined) throw syntaxError("hostonlyif", "No interface name was specified");
  const found = (await network.interfaces()).find((one) => one.name === name);
  if (found) return found;
  throw comError({
    code: "NS_ERROR_INVALID_ARG",
    reporter: "host",
    message: `The host network interface named '${name}' could not be found`,
    context: {
      call: "FindHostNetworkInterfaceByName(Bstr(pszName).raw(), hif.asOutParam())",
      line,
      file: FILE,
    },
  });
}
