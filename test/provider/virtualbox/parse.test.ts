import fc from "fast-check";
import {
  parseBlocks,
  parseHostOnlyInterfaces,
  parseMachineReadable,
  parseMedia,
  parseVmList,
} from "../../../provider/virtualbox/parse";
import { readVm } from "../../../provider/virtualbox/vm";
import { real } from "./transcript";

const vmInfo = real("showvminfo kluster-dev-il --machinereadable").stdout;

describe("showvminfo --machinereadable", () => {
  test("a real machine is understood", () => {
    const vm = readVm(vmInfo);
    expect({ ...vm, nics: Object.fromEntries(vm.nics), ports: Object.fromEntries(vm.ports) }).toEqual({
      uuid: "34608cb9-8bdf-403a-b384-0f8605ec39a2",
      name: "kluster-dev-il",
      groups: ["/"],
      folder: "/vms/kluster-dev-il",
      settings: "/vms/kluster-dev-il/kluster-dev-il.vbox",
      snapshotFolder: "/vms/kluster-dev-il/Snapshots",
      logFolder: "/vms/kluster-dev-il/Logs",
      state: "poweroff",
      locked: false,
      memory: 2048,
      cpus: 1,
      boot: ["disk", "dvd"],
      controller: true,
      nics: {
        1: { kind: "nat", mac: "08:00:27:9c:fd:ff", interface: undefined },
        2: { kind: "hostonly", mac: "08:00:27:a3:cd:7b", interface: "vboxnet0" },
      },
      ports: {
        0: { location: "/vms/kluster-dev-il/disk.vdi", uuid: "bab78e9e-f6a9-4bca-b921-8cf7387d4fdd" },
        1: { location: "/vms/kluster-dev-il/seed.vdi", uuid: "2083e8c8-ef7d-4616-a60b-ab82a6f89078" },
        2: { location: "/vms/nixos.iso", uuid: "98267e90-c811-4990-a7aa-52ae4c53328e" },
      },
      snapshots: [],
      attached: [
        { location: "/vms/kluster-dev-il/disk.vdi", uuid: "bab78e9e-f6a9-4bca-b921-8cf7387d4fdd" },
        { location: "/vms/kluster-dev-il/seed.vdi", uuid: "2083e8c8-ef7d-4616-a60b-ab82a6f89078" },
        { location: "/vms/nixos.iso", uuid: "98267e90-c811-4990-a7aa-52ae4c53328e" },
      ],
    });
  });

  test("a disk on a controller that somebody added is told, and on no port of ours", () => {
    const uuid = "9f223054-6174-4fd5-a864-02d703b5d9f6";
    const added = `storagecontrollername1="My-IDE"\n"My-IDE-0-1"="/photos.vdi"\n"My-IDE-ImageUUID-0-1"="${uuid}"\n`;
    const vm = readVm(vmInfo + added);
    expect(vm.attached.at(-1)).toEqual({ location: "/photos.vdi", uuid });
    expect([...vm.ports.keys()]).toEqual([0, 1, 2]);
  });

  test("line ends of Windows change nothing", () => {
    expect(parseMachineReadable(vmInfo.replaceAll("\n", "\r\n"))).toEqual(parseMachineReadable(vmInfo));
  });

  test("a description of several lines does not hide or invent keys", () => {
    const text = vmInfo.replace("kluster stack=dev host=il", 'made by\nmemory=1\n\\"kluster\\"');
    const values = parseMachineReadable(text);
    expect(values.get("description")).toBe('made by\nmemory=1\n"kluster"');
    expect(values.get("memory")).toBe("2048");
    expect(values.get("GuestMemoryBalloon")).toBe("0");
  });

  test("an ejected drive and a session are told", () => {
    const vm = readVm(
      vmInfo.replace('"SATA-2-0"="/vms/nixos.iso"', '"SATA-2-0"="emptydrive"') + 'SessionName="headless"\n',
    );
    expect(vm.ports.has(2)).toBe(false);
    expect(vm.locked).toBe(true);
  });

  const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
  const value = fc.string({ unit: fc.constantFrom("a", "=", '"', "\\", " ", ":", "ü", "{", "\n") });
  test("whatever is written in VirtualBox's quoting is read back", () => {
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.boolean(), (values, quoteKeys) => {
        const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
        const text = Object.entries(values)
          .map(([name, content]) => `${quoteKeys ? quote(name) : name}=${quote(content)}\n`)
          .join("");
        expect(Object.fromEntries(parseMachineReadable(text))).toEqual({ ...values });
      }),
    );
  });

  test("no text whatever makes the parsers fail", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('"', "=", "\\", "\n", "\r\n", " ", ":", "a", "UUID:", "Location: "),
        }),
        (text) => {
          for (const parse of [
            parseMachineReadable,
            parseBlocks,
            parseMedia,
            parseVmList,
            parseHostOnlyInterfaces,
          ]) {
            expect(() => parse(text)).not.toThrow();
          }
        },
      ),
    );
  });
});

describe("long listings", () => {
  test("bridged interfaces come as one block each", () => {
    const blocks = parseBlocks(real("list bridgedifs").stdout);
    expect(blocks.map((block) => [block.get("Name"), block.get("Wireless")])).toEqual([
      ["eth0", "No"],
      ["ifb0", "No"],
      ["ifb1", "No"],
    ]);
    expect(blocks[0].get("HardwareAddress")).toBe("02:fc:00:00:00:01");
  });

  test("disks come with their size, and showmediuminfo tells who uses one", () => {
    expect(
      parseMedia(real("list hdds", 1).stdout).map(({ location, capacity }) => [location, capacity]),
    ).toEqual([
      ["/vms/kluster-dev-il/disk.vdi", 8192],
      ["/vms/kluster-dev-il/seed.vdi", 1],
    ]);
    expect(parseMedia(real("showmediuminfo disk").stdout)[0].usedBy).toEqual([
      "34608cb9-8bdf-403a-b384-0f8605ec39a2",
    ]);
  });

  test("a medium that two machines use names both", () => {
    const two = real("showmediuminfo disk").stdout.replace(
      /(In use by VMs: .*)/,
      "$1\n                kluster-dev-ee (UUID: 9f223054-6174-4fd5-a864-02d703b5d9f6)",
    );
    expect(parseMedia(two)[0].usedBy).toHaveLength(2);
  });

  test("the list of machines takes any name and leaves out what is no machine", () => {
    expect(parseVmList(real("list vms", 1).stdout).map(({ name }) => name)).toEqual([
      "kluster-dev-il",
      "kluster-dev-ee",
    ]);
    expect(
      parseVmList('"a "b" {c}" {9F223054-6174-4fd5-a864-02d703b5d9f6}\r\n"<inaccessible>" {nonsense}\n').map(
        ({ name }) => name,
      ),
    ).toEqual(['a "b" {c}']);
  });

  test("the host-only interfaces of a real 7.2, of which there are none, are an empty list", () => {
    expect(parseHostOnlyInterfaces(real("list hostonlyifs").stdout)).toEqual([]);
  });
});
