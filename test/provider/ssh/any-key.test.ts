import { connect, connectByAny, SshError, waysIn } from "../../../provider/ssh";
import type { Login } from "../../../provider/ssh";

const wanted: Login = { address: "198.51.100.10", port: 22, user: "root", hostKey: "new", privateKey: "new" };
const ways = waysIn(wanted, { hostKeys: ["old"], privateKeys: ["old", "older"] });

/** A machine with a host key, which lets in whoever has one of these keys. */
function machine(hostKey: string, authorized: string[]) {
  const tried: string[] = [];
  const attempt = (async (login: Login) => {
    tried.push(`${login.hostKey}/${login.privateKey}`);
    if (login.hostKey !== hostKey) throw new SshError("host-key", `not ${login.hostKey}`);
    if (!authorized.includes(login.privateKey))
      throw new SshError("authentication", `not ${login.privateKey}`);
    return { close: () => {} };
  }) as unknown as typeof connect;
  return { tried, attempt };
}

test.each([
  ["both are new", "new", ["new", "old"], "new/new"],
  ["the operator's is an earlier one", "new", ["old"], "new/old"],
  ["the host's is an earlier one", "old", ["new"], "old/new"],
  ["both are earlier ones", "old", ["older"], "old/older"],
])("a way in is found where %s", async (_, hostKey, authorized, expected) => {
  const { tried, attempt } = machine(hostKey, authorized);
  const { login } = await connectByAny(ways, { timeout: 1000 }, attempt);
  expect(`${login.hostKey}/${login.privateKey}`).toBe(expected);
  expect(tried.at(-1)).toBe(expected);
});

test("a machine that none of them opens is named by what was wanted", async () => {
  const { tried, attempt } = machine("stranger's", []);
  await expect(connectByAny(ways, { timeout: 1000 }, attempt)).rejects.toThrow("not new");
  expect(tried).toHaveLength(6);
});

test("a machine that does not answer is asked once", async () => {
  const tried: Login[] = [];
  const attempt = (async (login: Login) => {
    tried.push(login);
    throw new SshError("timeout", "no answer");
  }) as unknown as typeof connect;
  await expect(connectByAny(ways, { timeout: 1000 }, attempt)).rejects.toThrow("no answer");
  expect(tried).toHaveLength(1);
});
