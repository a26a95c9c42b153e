import { errorLine, Refusal } from "./answer";
import { comError } from "./com-error";
import { HostInterface } from "./host-network";
import { isHostOnly } from "./interface-info";
import { isUnicastMac, newMac } from "./mac";
import { GivenOption, OptionDefinition } from "./options";
import { AttachmentType, NetworkAdapter, VirtualMachine } from "./state";
import { notModelled } from "./syntax";

const FILE = "VBoxManageModifyVM.cpp";
const ATTACHMENTS: AttachmentType[] = ["none", "null", "nat", "bridged", "intnet", "hostonly"];
const TYPES = ["Am79C970A", "Am79C973", "82540EM", "82543GC", "82545EM", "virtio"];
const PROMISCUOUS = ["deny", "allow-vms", "allow-all"];

/** Options of `modifyvm` that end with the number of a NIC. */
export const ADAPTER_OPTIONS: OptionDefinition[] = [
  { names: ["--nic"], kind: "string", indexed: true },
  { names: ["--nic-type", "--nictype"], kind: "string", indexed: true },
  { names: ["--nic-promisc", "--nicpromisc"], kind: "string", indexed: true },
  { names: ["--mac-address", "--macaddress"], kind: "string", indexed: true },
  { names: ["--cable-connected", "--cableconnected"], kind: "onoff", indexed: true },
  { names: ["--bridge-adapter", "--bridgeadapter"], kind: "string", indexed: true },
  { names: ["--host-only-adapter", "--hostonlyadapter"], kind: "string", indexed: true },
  { names: ["--intnet"], kind: "string", indexed: true },
  { names: ["--nat-localhostreachable", "--natlocalhostreachable"], kind: "onoff", indexed: true },
  { names: ["--nat-pf", "--natpf"], kind: "string", indexed: true },
];

/**
 * Applies one of {@link ADAPTER_OPTIONS}.
 * @param interfaces those of the host, to warn about names that are not among them
 * @returns warnings for stderr, "" if there are none
 * @throws Refusal for a value that VirtualBox refuses
 */
export function changeAdapter(
  machine: VirtualMachine,
  { name, index, value }: GivenOption,
  interfaces: HostInterface[],
): string {
  const nic = machine.nics[index - 1];
  if (!nic) throw invalid(`Invalid NIC number '${index}'`);
  switch (name) {
    case "--nic":
      nic.attachment = attachment(value, index);
      return "";
    case "--nic-type":
      nic.type = pick(TYPES, value, `Invalid NIC type '${value}' specified for NIC ${index}`);
      return "";
    case "--nic-promisc":
      nic.promiscuous = pick(PROMISCUOUS, value, `Unknown promiscuous mode policy '${value}'`);
      return "";
    case "--mac-address":
      nic.mac = value.toLowerCase() === "auto" ? newMac() : macAddress(value);
      return "";
    case "--cable-connected":
      nic.cableConnected = value === "on";
      return "";
    case "--bridge-adapter":
      nic.bridgeAdapter = value === "none" ? "" : value;
      return warnAbout(nic.bridgeAdapter, false, interfaces);
    case "--host-only-adapter":
      nic.hostOnlyAdapter = value === "none" ? "" : value;
      return warnAbout(nic.hostOnlyAdapter, true, interfaces);
    case "--intnet":
      nic.internalNetwork = value;
      return "";
    case "--nat-localhostreachable":
      nic.localhostReachable = value === "on";
      return "";
    default:
      nic.forwardings = forwardings(nic, value);
      return "";
  }
}

function attachment(value: string, index: number): AttachmentType {
  const found = ATTACHMENTS.find((one) => one === value.toLowerCase());
  if (found) return found;
  if (["hostonlynet", "generic", "natnetwork", "cloud"].includes(value.toLowerCase()))
    throw notModelled("modifyvm", `--nic${index} ${value}`);
  throw invalid(`Invalid type '${value}' specfied for NIC ${index}`);
}

function pick(words: string[], value: string, message: string): string {
  const found = words.find((word) => word.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw invalid(message);
  return found;
}

function macAddress(value: string): string {
  const digits = value.replaceAll(":", "");
  if (isUnicastMac(digits)) return digits.toUpperCase();
  throw comError({
    code: "NS_ERROR_INVALID_ARG",
    reporter: "sessionMachine",
    message: "Invalid MAC address format",
    context: { call: "COMSETTER(MACAddress)(Bstr(ValueUnion.psz).raw())", line: 2120, file: FILE },
  });
}

/** VirtualBox takes an interface that does not exist, and only warns. */
function warnAbout(name: string, hostOnly: boolean, interfaces: HostInterface[]): string {
  if (name === "") return "";
  const found = interfaces.find((one) => one.name === name);
  if (!found) return `VBoxManage: warning: Interface "${name}" doesn't seem to exist\n`;
  if (isHostOnly(found.name) === hostOnly) return "";
  const type = hostOnly ? "bridged" : "host-only";
  return `VBoxManage: warning: Interface "${name}" is of type ${type}\n`;
}

/** The forwarding rules after `--nat-pf`: a new rule, or `delete=NAME`. */
function forwardings(nic: NetworkAdapter, value: string): string[] {
  const nameOf = (rule: string) => rule.split(",")[0];
  if (value.startsWith("delete=")) {
    const name = value.slice("delete=".length);
    if (!nic.forwardings.some((rule) => nameOf(rule) === name))
      throw natError("No NAT rule of this name exists", "RemoveRedirect");
    return nic.forwardings.filter((rule) => nameOf(rule) !== name);
  }
  const rule = /^([^,]*),(tcp|udp),([^,]*),(\d+),([^,]*),(\d+)$/i.exec(value);
  if (!rule) throw invalid(`Invalid NAT rule '${value}'`);
  const [, given, protocol, hostIp, hostPort, guestIp, guestPort] = rule;
  const name = given || `${protocol.toLowerCase()}_${hostPort}_${guestPort}`;
  if (nic.forwardings.some((other) => nameOf(other) === name))
    throw natError("A NAT rule of this name already exists", "AddRedirect");
  return [...nic.forwardings, [name, protocol.toLowerCase(), hostIp, hostPort, guestIp, guestPort].join(",")];
}

const natError = (message: string, call: string) =>
  comError({
    code: "NS_ERROR_INVALID_ARG",
    reporter: "sessionMachine",
    message,
    context: { call: `${call}(Bstr(ValueUnion.psz).raw())`, line: 2030, file: FILE },
  });

const invalid = (message: string) => new Refusal({ exit: 1, stdout: "", stderr: errorLine(message) });
