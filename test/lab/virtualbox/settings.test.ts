import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { Desk } from "./desk";

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.clear());

const create = (...more: string[]) =>
  desk.call("createvm", "--name", "il", "--basefolder", "vms", "--ostype", "Linux_64", "--register", ...more);

describe("createvm", () => {
  test("takes the given UUID and puts the VM under the folder of its first group", async () => {
    const uuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    const answer = await create("--uuid", uuid, "--groups", "/kluster/dev-1a2b,/other");
    const file = desk.path("vms/kluster/dev-1a2b/il/il.vbox");
    expect(answer.stdout).toBe(
      `Virtual machine 'il' is created and registered.\nUUID: ${uuid}\nSettings file: '${file}'\n`,
    );
    expect(existsSync(file)).toBe(true);
    expect(await desk.info(uuid, "groups")).toBe("/kluster/dev-1a2b,/other");
    expect(await desk.run("list", "groups")).toBe('"/"\n"/kluster/dev-1a2b"\n"/other"\n');
  });

  test("refuses a UUID that is taken, but leaves the settings file that it wrote before", async () => {
    const uuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    await create("--uuid", uuid);
    const second = ["createvm", "--name", "ee", "--basefolder", "vms", "--register", "--uuid", uuid];
    const answer = await desk.call(...second);
    expect(answer.exit).toBe(1);
    expect(answer.stderr).toContain(`Registered machine with UUID {${uuid}}`);
    expect((await desk.call(...second)).stderr).toContain("already exists");
    expect(await desk.run("list", "vms")).toBe(`"il" {${uuid}}\n`);
  });

  test.each([
    [["--groups", "kluster"], 1, "Invalid group: 'kluster'"],
    [["--uuid", "no-uuid"], 2, "Invalid argument format: no-uuid"],
    [["--default"], 2, "Unknown option: --default"],
  ])("refuses %j", async (more, exit, message) => {
    const answer = await create(...more);
    expect(answer.exit).toBe(exit);
    expect(answer.stderr).toContain(message);
    expect(await desk.run("list", "vms")).toBe("");
  });
});

describe("modifyvm", () => {
  beforeEach(() => create());

  test.each([
    ["--memory 2048", { memory: "2048" }],
    ["--cpus=3 --boot1=dvd", { cpus: "3", boot1: "dvd" }],
    ["--rtcuseutc off --ioapic off", { rtcuseutc: "off", ioapic: "off" }],
    ["--x86-pae off --longmode on", { pae: "off", longmode: "on" }],
    ["--nic-type1 virtio --nictype2 82545EM --nic2 nat", { nictype1: "virtio", nictype2: "82545EM" }],
    ["--mac-address1 08:00:27:00:00:0a", { macaddress1: "08002700000A" }],
    ["--macaddress1 0800270000ff", { macaddress1: "0800270000FF" }],
    ["--audio-enabled off", { audio: "none" }],
    ["--audio-driver none", { audio: "none" }],
    ["--graphicscontroller vmsvga --vram 16", { graphicscontroller: "vmsvga", vram: "16" }],
    ["--paravirtprovider kvm", { paravirtprovider: "kvm", effparavirtprovider: "kvm" }],
    ["--firmware efi --chipset ich9", { firmware: "EFI", chipset: "ich9" }],
    [
      "--cableconnected1 off --natlocalhostreachable1 on",
      { cableconnected1: "off", localhostReachable: "1" },
    ],
    [
      "--mouse usbtablet --keyboard usb --usb-xhci on",
      { hidpointing: "usbtablet", hidkeyboard: "usbkbd", xhci: "on" },
    ],
    [
      "--nic1 none --nic2 bridged --bridge-adapter2 lan0",
      { nic1: "none", nic2: "bridged", bridgeadapter2: "lan0" },
    ],
  ])("%s", async (options, expected) => {
    await desk.run("modifyvm", "il", ...options.split(" "));
    for (const [key, value] of Object.entries(expected))
      expect([key, await desk.info("il", key)]).toEqual([key, value]);
  });

  test("escapes quotes and backslashes of a description", async () => {
    await desk.run("modifyvm", "il", "--description", 'a "b" \\c=d');
    expect(await desk.run("showvminfo", "il", "--machinereadable")).toContain(
      'description="a \\"b\\" \\\\c=d"\n',
    );
  });

  test("adds and deletes port forwardings", async () => {
    await desk.run("modifyvm", "il", "--natpf1", "ssh,tcp,127.0.0.1,2222,,22", "--nat-pf1", ",udp,,53,,53");
    const human = await desk.run("showvminfo", "il");
    expect(await desk.info("il", "Forwarding(0)")).toBe("ssh,tcp,127.0.0.1,2222,,22");
    expect(await desk.info("il", "Forwarding(1)")).toBe("udp_53_53,udp,,53,,53");
    expect(human).toContain(
      "NIC 1 Rule(0):   name = ssh, protocol = tcp, host ip = 127.0.0.1, host port = 2222",
    );
    expect((await desk.call("modifyvm", "il", "--natpf1", "ssh,tcp,,1,,1")).stderr).toContain(
      "already exists",
    );
    await desk.run("modifyvm", "il", "--natpf1", "delete", "ssh");
    expect(await desk.info("il", "Forwarding(0)")).toBe("udp_53_53,udp,,53,,53");
    expect((await desk.call("modifyvm", "il", "--nat-pf1", "delete", "ssh")).exit).toBe(1);
  });

  test.each([
    ["--cpus 65", 1, "Invalid virtual CPU count: 65 (must be in range [1, 64])"],
    ["--boot1 tape", 1, "Invalid boot device"],
    ["--boot5 disk", 1, "Invalid boot slot number '5'"],
    ["--nic9 nat", 1, "Invalid NIC number '9'"],
    ["--nictype1 e1000", 1, "Invalid NIC type 'e1000' specified for NIC 1"],
    ["--nic1 wifi", 1, "Invalid type 'wifi' specfied for NIC 1"],
    ["--mac-address1 0100270000ff", 1, "Invalid MAC address format"],
    ["--ioapic maybe", 1, "Unknown option: maybe"],
    ["--graphicscontroller matrox", 1, "Invalid --graphicscontroller argument 'matrox'"],
    ["--memory", 1, "VERR_GETOPT_REQUIRED_ARGUMENT_MISSING"],
    ["--tpm-type 2.0", 2, "modifyvm --tpm-type is not modelled"],
    ["--uart1 off", 2, "modifyvm --uart is not modelled"],
    ["--nic1 natnetwork", 2, "--nic1 natnetwork is not modelled"],
  ])("refuses %s and changes nothing", async (options, exit, message) => {
    const before = await desk.run("showvminfo", "il");
    const answer = await desk.call("modifyvm", "il", "--description", "changed", ...options.split(" "));
    expect(answer.exit).toBe(exit);
    expect(answer.stderr).toContain(message);
    expect(await desk.run("showvminfo", "il")).toBe(before);
  });

  test("moves the VM's folder and media along with its name and group", async () => {
    await desk.run("createmedium", "disk", "--filename", "vms/il/disk.vdi", "--size", "8");
    await desk.run("modifyvm", "il", "--groups", "/kluster");
    await desk.run("modifyvm", "il", "--name", "ee");
    expect(await desk.info("ee", "CfgFile")).toBe(desk.path("vms/kluster/ee/ee.vbox"));
    expect(await desk.run("list", "hdds")).toContain(desk.path("vms/kluster/ee/disk.vdi"));
    expect(existsSync(desk.path("vms/kluster/ee/disk.vdi"))).toBe(true);
    expect((await desk.call("showvminfo", "il")).exit).toBe(1);
  });
});

describe("media", () => {
  beforeEach(() => desk.createMachine("il"));

  test("a disk that is still attached elsewhere survives the removal of its VM", async () => {
    await desk.createMachine("ee");
    await desk.run(
      ..."storageattach ee --storagectl SATA --port 1 --type hdd --medium vms/il/disk.vdi".split(" "),
    );
    await desk.run("unregistervm", "il", "--delete");
    expect(existsSync(desk.path("vms/il/disk.vdi"))).toBe(true);
    await desk.run("unregistervm", "ee", "--delete");
    expect(existsSync(desk.path("vms/il/disk.vdi"))).toBe(false);
    expect(existsSync(desk.path("vms/ee"))).toBe(false);
    expect(await desk.run("list", "hdds")).toBe("");
  });

  test("without --delete, files stay and block the name", async () => {
    await desk.run("unregistervm", "il");
    expect(existsSync(desk.path("vms/il/disk.vdi"))).toBe(true);
    expect(await desk.run("list", "hdds")).toContain(desk.path("vms/il/disk.vdi"));
    expect((await create()).stderr).toContain("already exists");
  });

  test("foreign files in a VM's folder are never deleted", async () => {
    writeFileSync(desk.path("vms/il/notes.txt"), "mine");
    await desk.run("unregistervm", "il", "--delete");
    expect(existsSync(desk.path("vms/il/notes.txt"))).toBe(true);
    expect(existsSync(desk.path("vms/il/il.vbox"))).toBe(false);
  });

  test("a DVD drive can be emptied and taken away; the image stays registered", async () => {
    writeFileSync(desk.path("a.iso"), Buffer.alloc(3 << 20));
    const attach = [
      "storageattach",
      "il",
      "--storagectl",
      "SATA",
      "--port",
      "2",
      "--type",
      "dvddrive",
      "--medium",
    ];
    await desk.run(...attach, "a.iso");
    expect(await desk.info("il", "SATA-2-0")).toBe(desk.path("a.iso"));
    await desk.run(...attach, "emptydrive");
    expect(await desk.info("il", "SATA-2-0")).toBe("emptydrive");
    expect(await desk.run("showvminfo", "il")).toContain("  Port 2, Unit 0: Empty\n");
    await desk.run(...attach, "none");
    expect(await desk.info("il", "SATA-2-0")).toBe("none");
    const again = await desk.call(...attach, "none");
    expect(again.stderr).toContain(
      "No storage device attached to device slot 0 on port 2 of controller 'SATA'",
    );
    expect(await desk.run("list", "dvds")).toContain("Capacity:       3 MBytes");
    await desk.run("closemedium", "dvd", "a.iso");
    expect(await desk.run("list", "dvds")).toBe("");
    expect(existsSync(desk.path("a.iso"))).toBe(true);
  });

  test.each([
    ["storageattach il --storagectl IDE --port 0 --medium none", "Could not find a controller named 'IDE'"],
    ["storageattach il --storagectl SATA --port 30 --medium none", "Invalid controller port: 30"],
    [
      "storageattach il --storagectl SATA --port 1 --medium vms/il/disk.vdi",
      "Argument --type must be specified",
    ],
    [
      "storageattach il --storagectl SATA --port 1 --type hdd --medium vms/il/disk.vdi",
      "is already attached to port 0",
    ],
    ["showmediuminfo disk 00000000-0000-4000-8000-000000000000", "Could not find an open hard disk"],
    ["convertfromraw nowhere.raw there.vdi", "VERR_FILE_NOT_FOUND"],
    ["convertfromraw vms/il/disk.vdi vms/il/disk.vdi", "VERR_ALREADY_EXISTS"],
  ])("%s fails: %s", async (call, message) => {
    const answer = await desk.call(...call.split(" "));
    expect(answer.exit).toBe(1);
    expect(answer.stderr).toContain(message);
  });

  test("a port beyond the controller's count widens it", async () => {
    await desk.run("storagectl", "il", "--name", "SATA", "--portcount", "2");
    await desk.run("createmedium", "--filename", "b.vdi", "--size", "8");
    await desk.run(..."storageattach il --storagectl SATA --port 4 --type hdd --medium b.vdi".split(" "));
    expect(await desk.info("il", "storagecontrollerportcount0")).toBe("5");
  });

  test("a disk in a folder that does not exist yet makes it", async () => {
    await desk.run("createmedium", "--filename", "new/folder/b.vdi", "--size", "8");
    expect(existsSync(desk.path("new/folder/b.vdi"))).toBe(true);
  });

  test("an image whose file is gone is inaccessible", async () => {
    mkdirSync(desk.path("m"));
    await desk.run("createmedium", "--filename", "m/b.vdi", "--size", "8");
    const { rmSync } = await import("node:fs");
    rmSync(desk.path("m/b.vdi"));
    expect(await desk.run("list", "hdds")).toMatch(/State: +inaccessible\n(.*\n)*Location: +.*m\/b\.vdi/);
  });
});

describe("values kept with a VM", () => {
  beforeEach(() => create());

  test("extra data is deleted by an empty value and kept apart from the global one", async () => {
    await desk.run("setextradata", "global", "key", "everywhere");
    await desk.run("setextradata", "il", "key", "here");
    expect(await desk.run("getextradata", "il", "key")).toBe("Value: here\n");
    await desk.run("setextradata", "il", "key");
    expect(await desk.run("getextradata", "il", "key")).toBe("No value set!\n");
    expect(await desk.run("getextradata", "global", "enumerate")).toBe("Key: key, Value: everywhere\n");
  });

  test("names that objects have by nature are no keys", async () => {
    expect(await desk.run("getextradata", "il", "constructor")).toBe("No value set!\n");
    expect(await desk.run("guestproperty", "get", "il", "toString")).toBe("No value set!\n");
  });
});

describe("what is not modelled fails loudly", () => {
  beforeEach(() => create());

  test.each([
    "snapshot il restore a",
    "clonevm il",
    "toString",
    "list natnets",
    "list usbhost",
    "controlvm il",
    "startvm il --type gui",
    "startvm il",
    "createmedium floppy --filename f --size 1",
    "createmedium dvd --filename f --size 1",
    "createmedium --filename f.qcow2 --size 1 --format QCOW",
    "storagectl il --name IDE --add ide",
    "guestproperty enumerate il",
    "guestproperty set il a b --flags TRANSIENT",
    "dhcpserver start --network x",
    "hostonlyif ipconfig vboxnet0 --dhcp",
    "createvm --name x --ostype Linux_64",
    "showvminfo il --password-id x",
    "convertfromraw stdin a.vdi 100",
  ])("%s", async (call) => {
    const answer = await desk.call(...call.split(" "));
    expect(answer.exit).toBe(2);
    expect(answer.stdout).toBe("");
    expect(answer.stderr).toMatch(/^Oracle VirtualBox Command Line[\s\S]*VBoxManage: error: [\s\S]*Usage - /);
  });

  test("no command at all", async () => {
    expect((await desk.call()).exit).toBe(2);
  });
});
