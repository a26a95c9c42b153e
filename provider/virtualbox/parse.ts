/**
 * Readers of what VBoxManage prints, tolerant of what they don't know: line ends of either kind, unknown or quoted
 * keys, values that hold "=" or ":".
 */

/** Reads `showvminfo --machinereadable`: key=value lines, keys and values quoted or not. */
export function parseMachineReadable(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const match = /^(?:"((?:[^"\\]|\\.)*)"|([^"=\s][^=]*))=(.*)$/.exec(lines[at]);
    if (!match) continue;
    const key = match[1] !== undefined ? unescape(match[1]) : match[2];
    let value = match[3];
    if (value.startsWith('"')) {
      // A description may have several lines; one that never closes is taken as far as its first.
      let last = at;
      let whole = value;
      while (!isClosed(whole) && last + 1 < lines.length) whole += `\n${lines[++last]}`;
      if (isClosed(whole)) {
        at = last;
        value = unescape(whole.slice(1, -1));
      } else {
        value = unescape(value.slice(1));
      }
    }
    values.set(key, value);
  }
  return values;
}

/** One block of a long listing. */
export type Block = Map<string, string>;

/** Reads listings of "Key:   value" lines, one block per object with empty lines between. First keys win. */
export function parseBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  let lastKey: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") {
      block = lastKey = undefined;
      continue;
    }
    const match = /^([^\s:][^:]*):(?:\s+(.*))?$/.exec(line);
    if (match) {
      if (!block) blocks.push((block = new Map<string, string>()));
      lastKey = match[1]!;
      if (!block.has(lastKey)) block.set(lastKey, (match[2] ?? "").trim());
    } else if (block && lastKey && /^\s/.test(line)) {
      block.set(lastKey, `${block.get(lastKey)}\n${line.trim()}`); // a value that goes on
    }
  }
  return blocks;
}

/** Reads `list vms`: `"name" {uuid}` lines. */
export function parseVmList(text: string): { name: string; uuid: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^"(.*)" \{([0-9a-f-]{36})\}$/i.exec(line);
    return match ? [{ name: match[1], uuid: match[2].toLowerCase() }] : [];
  });
}

/** A disk or ISO that VirtualBox has in its registry. */
export interface Medium {
  uuid: string;
  /** Of a differencing disk, as a snapshot makes them: UUID of the disk that it is built on. */
  parent?: string;
  location: string;
  /** MB; undefined where VirtualBox cannot say. */
  capacity?: number;
  /** UUIDs of the machines that it is attached to; only `showmediuminfo` tells them. */
  usedBy: string[];
}

/** Reads `list hdds`, `list dvds` and `showmediuminfo`. */
export function parseMedia(text: string): Medium[] {
  return parseBlocks(text).flatMap((block) => {
    const uuid = block.get("UUID");
    const location = block.get("Location");
    const parent = block.get("Parent UUID");
    if (!uuid || !location) return [];
    const capacity = /^(\d+) MBytes/.exec(block.get("Capacity") ?? "")?.[1];
    return [
      {
        uuid: uuid.toLowerCase(),
        parent: parent && /^[0-9a-f-]{36}$/i.test(parent) ? parent.toLowerCase() : undefined,
        location,
        capacity: capacity === undefined ? undefined : Number(capacity),
        usedBy: [...(block.get("In use by VMs") ?? "").matchAll(/\(UUID: ([0-9a-f-]{36})\)/gi)].map((match) =>
          match[1].toLowerCase(),
        ),
      },
    ];
  });
}

/** A host-only interface of the box. */
export interface HostOnlyInterface {
  name: string;
  address: string;
  netmask: string;
  /** Name that its DHCP server goes by. */
  network: string;
  up: boolean;
}

/** Reads `list hostonlyifs`. */
export function parseHostOnlyInterfaces(text: string): HostOnlyInterface[] {
  return parseBlocks(text).flatMap((block) => {
    const name = block.get("Name");
    if (!name) return [];
    return [
      {
        name,
        address: block.get("IPAddress") ?? "",
        netmask: block.get("NetworkMask") ?? "",
        up: block.get("Status") !== "Down",
        network: block.get("VBoxNetworkName") ?? `HostInterfaceNetworking-${name}`,
      },
    ];
  });
}

/** Whether a text that begins with a quotation mark also ends with one that is not escaped. */
function isClosed(quoted: string): boolean {
  const end = /(\\*)"$/.exec(quoted);
  return quoted.length > 1 && end !== null && end[1].length % 2 === 0;
}

function unescape(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}
