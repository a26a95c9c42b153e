import { createServer, Server } from "node:http";
import { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { isIn, ownAddresses } from "../../provider/own-address";

let server: Server;
let answer: string | undefined;
beforeEach(async () => {
  server = createServer((_request, response) => (answer === undefined ? undefined : response.end(answer)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
const service = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

test.each<[string | undefined, string[]]>([
  ["203.0.113.7\n", ["203.0.113.7"]],
  ["<html>log in to this Wi-Fi</html>", []],
  ["2001:db8::1", ["2001:db8::1"]],
  [undefined, []],
])("what the service answers, %j, is %j", async (text, addresses) => {
  answer = text;
  const told = await ownAddresses(service());
  expect(told).toEqual(addresses);
});

test.each(["", "nonsense", "http://127.0.0.1:1"])(
  "the service %j tells nothing, and ends nothing",
  async (url) => {
    expect(await ownAddresses(url)).toEqual([]);
  },
);

test.each([
  ["203.0.113.7", ["203.0.113.7/32"], true],
  ["203.0.113.7", ["203.0.113.8/32", "203.0.113.0/24"], true],
  ["203.0.113.7", ["203.0.114.0/24", "2001:db8::/32"], false],
  ["203.0.113.7", ["0.0.0.0/0"], true],
  ["203.0.113.7", ["::/0"], false],
  ["2001:db8:1::7", ["2001:db8:1::/64"], true],
  ["2001:db8:2::7", ["2001:db8:1::/64", "0.0.0.0/0"], false],
  ["203.0.113.7", [], false],
])("%s in %j: %s", (address, networks, expected) => {
  expect(isIn(address, networks)).toBe(expected);
});

test("an address is in the network of every size that begins with it", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) =>
      isIn(address, [`${address}/${prefix}`]),
    ),
  );
});
