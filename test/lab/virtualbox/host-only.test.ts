import fc from "fast-check";
import {
  defaultHostOnlyAddress,
  isPermittedHostOnlyAddress,
  netmaskOf,
  parseIpv4,
  prefixLengthOf,
} from "../../../lab/virtualbox/addresses";
import { interfaceGuid } from "../../../lab/virtualbox/interface-info";
import { Desk, fakeNetwork } from "./desk";

describe("addresses", () => {
  test.each([
    ["192.168.56.1", undefined, true],
    ["192.168.63.254", undefined, true],
    ["192.168.64.1", undefined, false],
    ["192.168.55.255", undefined, false],
    ["10.0.0.1", undefined, false],
    ["10.0.0.1", "# comment\n* 10.0.0.0/8 192.168.0.0/16\n* 2001::/64\n", true],
    ["192.168.56.1", "* 10.0.0.0/8\n", false],
    ["192.168.56.1", "* fe80::/10\n", true],
    ["192.168.56.1", "10.0.0.0/8\n", true],
    ["10.1.2.3", "* 0.0.0.0/0\n", true],
    ["nonsense", "* 0.0.0.0/0\n", false],
  ])("%s with networks.conf %j: permitted %s", (address, conf, permitted) =>
    expect(isPermittedHostOnlyAddress(address, conf)).toBe(permitted),
  );

  test("a netmask and its prefix length stand for one another", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), (length) => prefixLengthOf(netmaskOf(length)) === length),
    ));

  test.each(["255.0.255.0", "0.0.0.1", "255.255.255", "256.0.0.0"])("%s is no netmask", (text) =>
    expect(prefixLengthOf(text)).toBeUndefined(),
  );

  test("an address is its four bytes", () =>
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const bits = parseIpv4(text)!;
        return [24, 16, 8, 0].map((shift) => (bits / 2 ** shift) & 255).join(".") === text;
      }),
    ));

  test("each host-only interface gets a network of its own", () => {
    expect(defaultHostOnlyAddress("vboxnet0").address).toBe("192.168.56.1");
    expect(defaultHostOnlyAddress("vboxnet7").address).toBe("192.168.63.1");
  });
});

test.each([
  ["eth0", "02:fc:00:00:00:01", "effffff9-7b97-44b7-8000-02fc00000001"],
  ["ifb0", "26:be:ad:7d:ff:f8", "effffff9-e40b-47e7-8000-26bead7dfff8"],
  ["ifb1", "b6:d9:9c:28:64:41", "effffff9-e40c-47e7-8000-b6d99c286441"],
])("the GUID of %s is the one that the real VBoxManage printed", (name, mac, guid) =>
  expect(interfaceGuid(name, mac, 0xeffffff9)).toBe(guid),
);

describe("host-only interfaces", () => {
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
  });
  afterEach(() => desk.clear());

  test("are made down, with an address that VirtualBox makes up for them", async () => {
    expect(await desk.call("hostonlyif", "create")).toEqual({
      exit: 0,
      stdout: "Interface 'vboxnet0' was successfully created\n",
      stderr: "0%...10%...20%...30%...40%...50%...60%...70%...80%...90%...100%\n",
    });
    const listed = await desk.run("list", "hostonlyifs");
    expect(listed).toMatch(/^Name: +vboxnet0$/m);
    expect(listed).toMatch(/^IPAddress: +192\.168\.56\.1$/m);
    expect(listed).toMatch(/^HardwareAddress: 0a:00:27:00:00:00$/m);
    expect(listed).toMatch(/^Status: +Down$/m);
    expect(listed).toMatch(/^VBoxNetworkName: HostInterfaceNetworking-vboxnet0$/m);
    expect(await desk.run("list", "bridgedifs")).toBe("");
  });

  test("come up with the address they are given", async () => {
    await desk.run("hostonlyif", "create");
    await desk.run(
      "hostonlyif",
      "ipconfig",
      "vboxnet0",
      "--ip",
      "192.168.57.1",
      "--netmask",
      "255.255.255.0",
    );
    const listed = await desk.run("list", "hostonlyifs");
    expect(listed).toMatch(/^IPAddress: +192\.168\.57\.1$/m);
    expect(listed).toMatch(/^Status: +Up$/m);
  });

  test("refuse an address outside 192.168.56.0/21", async () => {
    await desk.run("hostonlyif", "create");
    const answer = await desk.call("hostonlyif", "ipconfig", "vboxnet0", "--ip", "10.9.8.1");
    expect(answer.exit).toBe(1);
    expect(answer.stderr).toContain("Code E_ACCESSDENIED (0x80070005) - Access denied");
    expect(await desk.run("list", "hostonlyifs")).toMatch(/^IPAddress: +192\.168\.56\.1$/m);
  });

  test("get the lowest free number", async () => {
    await desk.run("hostonlyif", "create");
    await desk.run("hostonlyif", "create");
    await desk.run("hostonlyif", "remove", "vboxnet0");
    expect(await desk.run("hostonlyif", "create")).toContain("'vboxnet0'");
    expect((await desk.run("list", "hostonlyifs")).match(/^Name:/gm)).toHaveLength(2);
  });

  test("come up with their address when a VM on them starts", async () => {
    await desk.run("hostonlyif", "create");
    await desk.createMachine("il");
    await desk.run("modifyvm", "il", "--nic2", "hostonly", "--hostonlyadapter2", "vboxnet0");
    await desk.run("startvm", "il", "--type", "headless");
    expect(await desk.run("list", "hostonlyifs")).toMatch(/^Status: +Up$/m);
  });

  test.each([
    [["hostonlyif", "remove", "vboxnet3"], 1, "could not be found"],
    [["hostonlyif", "ipconfig"], 2, "No interface name was specified"],
    [["hostonlyif"], 2, "No sub-command specified"],
  ])("%j fails", async (call, exit, message) => {
    const answer = await desk.call(...call);
    expect(answer.exit).toBe(exit);
    expect(answer.stderr).toContain(message);
  });

  test("an interface that is not host-only can't be configured or removed", async () => {
    const other = new Desk(
      fakeNetwork([
        {
          name: "lan0",
          mac: "02:00:00:00:00:01",
          up: true,
          address: "192.168.10.1",
          netmask: "255.255.255.0",
          ipv6: "",
          ipv6Prefix: 0,
        },
      ]),
    );
    try {
      expect((await other.call("hostonlyif", "remove", "lan0")).exit).toBe(1);
      expect((await other.call("hostonlyif", "ipconfig", "lan0", "--ip", "192.168.56.1")).exit).toBe(1);
      expect(await other.run("list", "bridgedifs")).toMatch(/^IPAddress: +192\.168\.10\.1$/m);
    } finally {
      other.clear();
    }
  });
});

describe("DHCP servers", () => {
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
  });
  afterEach(() => desk.clear());

  test("one for vboxnet0 is there from the beginning", async () => {
    const listed = await desk.run("list", "dhcpservers");
    expect(listed).toMatch(
      /^NetworkName:    HostInterfaceNetworking-vboxnet0\nDhcpd IP:       192\.168\.56\.100\n/,
    );
    expect(listed).toContain("LowerIPAddress: 192.168.56.101\nUpperIPAddress: 192.168.56.254\n");
    expect(listed).toContain("Enabled:        Yes\n");
  });

  test("can be added, changed and removed", async () => {
    await desk.run("hostonlyif", "create");
    await desk.run("hostonlyif", "create");
    const add =
      "dhcpserver add --interface vboxnet1 --ip 192.168.57.2 --netmask 255.255.255.0 --lowerip 192.168.57.9 --upperip 192.168.57.99 --enable";
    await desk.run(...add.split(" "));
    expect((await desk.call(...add.split(" "))).stderr).toBe(
      "VBoxManage: error: DHCP server already exists\n",
    );
    await desk.run("dhcpserver", "modify", "--network=HostInterfaceNetworking-vboxnet1", "--disable");
    expect(await desk.run("list", "dhcpservers")).toMatch(/vboxnet1\n[\s\S]*Enabled: +No/);
    await desk.run("dhcpserver", "remove", "--netname", "HostInterfaceNetworking-vboxnet0");
    expect(await desk.run("list", "dhcpservers")).not.toContain("vboxnet0");
    expect(
      (await desk.call("dhcpserver", "remove", "--netname", "HostInterfaceNetworking-vboxnet0")).exit,
    ).toBe(1);
  });

  test.each([
    ["dhcpserver modify --network nowhere --enable", "DHCP server does not exist"],
    ["dhcpserver add --network n --ip 1.2.3.4", "Missing required option: --netmask"],
    ["dhcpserver remove", "You need to specify either --network or --interface"],
    ["dhcpserver modify --interface vboxnet5 --enable", "Could not find interface 'vboxnet5'"],
    ["dhcpserver modify --network HostInterfaceNetworking-vboxnet0 --ip here", "Failed to set configuration"],
  ])("%s fails", async (call, message) => {
    const answer = await desk.call(...call.split(" "));
    expect(answer.exit).toBe(2);
    expect(answer.stderr).toContain(message);
  });
});
