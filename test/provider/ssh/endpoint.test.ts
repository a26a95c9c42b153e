import { generateSshKeyPair } from "../../../provider/keys";
import { where } from "../../../provider/ssh";
import { checkEndpoint, knownHostsLine } from "../../../provider/ssh/endpoint";
import { failureOf } from "../../../provider/ssh/error";

const { publicKey } = generateSshKeyPair("il of stack dev");
const key = publicKey.split(" ").slice(0, 2).join(" ");
const endpoint = { address: "192.168.56.11", port: 22, user: "root", hostKey: publicKey };

describe("an endpoint", () => {
  it.each([
    ["192.168.56.11", 22, "192.168.56.11:22"],
    ["il.example.org", 2222, "il.example.org:2222"],
    ["fd00::11", 22, "[fd00::11]:22"],
  ])("%s and %d are shown as %s", (address, port, shown) => {
    expect(where({ address, port })).toBe(shown);
  });

  it.each([
    ["192.168.56.11", 22, "192.168.56.11"],
    ["192.168.56.11", 2222, "[192.168.56.11]:2222"],
    ["fd00::11", 22, "fd00::11"],
    ["fd00::11", 2222, "[fd00::11]:2222"],
  ])("%s, port %d, is pinned in known_hosts under %s, without the comment", (address, port, name) => {
    expect(knownHostsLine({ ...endpoint, address, port })).toBe(`${name} ${key}`);
  });

  it.each(["", "-h", "a b", "a\nb", "*.example.org", "il,ee", "@cert-authority"])(
    "cannot have the address %j, which would mean something to ssh",
    (address) => {
      expect(() => checkEndpoint({ ...endpoint, address })).toThrow(/must be an IP address or a DNS name/);
    },
  );
});

describe("the reason of a failure", () => {
  const error = (message: string, fields: object) => Object.assign(new Error(message), fields);

  it.each([
    ["refused", { code: "ECONNREFUSED", level: "client-socket" }],
    ["unreachable", { code: "EHOSTUNREACH", level: "client-socket" }],
    ["unreachable", { code: "ENETUNREACH" }],
    ["unreachable", { code: "ENOTFOUND" }],
    ["unreachable", { code: "EAI_AGAIN" }],
    ["timeout", { code: "ETIMEDOUT" }],
    ["timeout", { level: "client-timeout" }],
    ["authentication", { level: "client-authentication" }],
    ["closed", { code: "ECONNRESET", level: "client-socket" }],
    ["closed", { code: "EPIPE" }],
    ["closed", { level: "protocol" }],
    ["closed", {}],
  ])("is %s for %j", (reason, fields) => {
    expect(failureOf(error("it failed", fields))).toBe(reason);
  });
});
