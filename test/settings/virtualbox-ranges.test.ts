import { formatAddress, formatCidr, parseCidr } from "../../settings/cidr";
import { operatorBox } from "../../settings/operator-box";
import { dhcpRange, isPermitted, permittedNetworks } from "../../settings/kinds/virtualbox-ranges";

/** The networks permitted by a networks.conf, as text. */
const permitted = (networksConf?: string, platform: NodeJS.Platform = "linux") =>
  permittedNetworks({ platform, networksConf })?.map(formatCidr);

describe("the host-only networks that VirtualBox permits", () => {
  it("are 192.168.56.0/21 on Linux and Solaris where nothing else is configured", () => {
    expect(permitted()).toEqual(["192.168.56.0/21"]);
    expect(permitted(undefined, "sunos")).toEqual(["192.168.56.0/21"]);
  });

  it.each<NodeJS.Platform>(["win32", "darwin"])("are any on %s", (platform) => {
    expect(permitted("* 10.0.0.0/8", platform)).toBeUndefined();
  });

  it.each([
    ["the manual's example", "* 10.0.0.0/8 192.168.0.0/16\n* 2001::/64\n", ["10.0.0.0/8", "192.168.0.0/16"]],
    ["anything at all", "* 0.0.0.0/0 ::/0", ["0.0.0.0/0"]],
    ["nothing, where the file is empty", "", []],
    ["nothing, where all of it is a comment", "# * 10.0.0.0/8\n", []],
    ["nothing, where no space follows the star", "*10.0.0.0/8\n", []],
    ["what follows tabs and blanks", " \t*\t10.0.0.0/8\t \t10.1.0.0/16", ["10.0.0.0/8", "10.1.0.0/16"]],
    ["all but what can't be read", "* nonsense 10.0.0.0/8 1.2.3.4/99", ["10.0.0.0/8"]],
    ["a network named by an address within it", "* 192.168.56.1/21", ["192.168.56.0/21"]],
    ["a single address, which is no network", "* 10.0.0.1", ["10.0.0.1/32"]],
  ])("are %s", (_, content, networks) => expect(permitted(content)).toEqual(networks));

  it.each([
    ["192.168.56.0/24", true],
    ["192.168.63.0/24", true],
    ["192.168.56.0/21", true],
    ["192.168.64.0/24", false],
    ["192.168.48.0/20", false],
    ["192.168.10.0/24", false],
  ])("by default include %s: %p", (network, expected) => {
    expect(isPermitted(parseCidr(network)!, permittedNetworks({ platform: "linux" })!)).toBe(expected);
  });

  it("must hold a network whole: two halves don't make one", () => {
    const halves = ["10.0.0.0/25", "10.0.0.128/25"].map((half) => parseCidr(half)!);
    expect(isPermitted(parseCidr("10.0.0.0/24")!, halves)).toBe(false);
  });
});

describe("VirtualBox's DHCP server", () => {
  it.each([
    ["192.168.56.0/24", "192.168.56.100", "192.168.56.254"],
    ["192.168.56.0/21", "192.168.56.100", "192.168.56.254"],
    ["192.168.56.0/25", "192.168.56.100", "192.168.56.127"],
    ["192.168.56.128/25", "192.168.56.128", "192.168.56.254"],
  ])("has, on %s, the addresses %s to %s", (network, from, to) => {
    const range = dhcpRange(parseCidr(network)!)!;
    expect([formatAddress(range.from), formatAddress(range.to)]).toEqual([from, to]);
  });

  it("has none on a network that ends below .100", () => {
    expect(dhcpRange(parseCidr("192.168.56.0/26")!)).toBeUndefined();
  });
});

test("the box that the program runs on is described by its platform", () => {
  expect(operatorBox().platform).toBe(process.platform);
});
