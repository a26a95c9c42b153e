import { connect, SshError } from "../../../provider/ssh";
import type { Login } from "../../../provider/ssh";
import { waitAtEither } from "../../../provider/ssh/wait-at-either";

const login = (address: string): Login => ({ address, port: 22, user: "root", hostKey: "", privateKey: "" });
const [before, after] = [login("198.51.100.10"), login("2001:db8::1")];

/** Machines that answer from their n-th attempt on, by address. */
function answering(from: Record<string, number>) {
  const tried: string[] = [];
  const attempt = (async ({ address }: Login) => {
    tried.push(address);
    if (tried.filter((one) => one === address).length < (from[address] ?? Infinity)) {
      throw new SshError("timeout", `${address} does not answer`);
    }
    return { close: () => {} };
  }) as unknown as typeof connect;
  return { tried, attempt };
}

test.each([
  ["the new one", { [after.address]: 1, [before.address]: 1 }, after],
  ["the old one, which still is", { [before.address]: 1 }, before],
  ["the new one, once it has booted", { [after.address]: 3 }, after],
  ["the old one, once it has booted", { [before.address]: 2 }, before],
])("a machine whose address changes is found at %s", async (_, from, expected) => {
  const { attempt } = answering(from);
  await expect(waitAtEither({ before, after }, { deadline: 10_000 }, attempt)).resolves.toBe(expected);
});

test("both are tried in turn, and the wait has an end", async () => {
  jest.useFakeTimers(); // how many attempts there is time for is not the box's to say
  try {
    const { tried, attempt } = answering({});
    const waiting = expect(waitAtEither({ before, after }, { deadline: 500 }, attempt)).rejects.toThrow(
      /within 0\.5 s/,
    );
    await jest.advanceTimersByTimeAsync(1_000);
    await waiting;
    expect(tried.slice(0, 4)).toEqual([after.address, before.address, after.address, before.address]);
  } finally {
    jest.useRealTimers();
  }
});
