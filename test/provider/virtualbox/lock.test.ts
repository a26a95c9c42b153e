import { ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fc from "fast-check";
import { lockAddress, locks, withLock } from "../../../provider/virtualbox/lock";

const options = { deadline: 20_000, purpose: "test" };
const children: ChildProcess[] = [];

afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

/** A process of its own that holds the lock until it is killed. */
async function holder(name: string, words = "build a house"): Promise<ChildProcess> {
  const address = JSON.stringify(lockAddress(name));
  const says = JSON.stringify(words);
  const child = spawn(
    process.execPath,
    [
      "-e",
      `require("net").createServer((s) => s.write(${says})).listen(${address}, () => console.log("held"))`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

test("work under one lock never overlaps, and all of it is done", async () => {
  const name = randomUUID();
  let inside = 0;
  let most = 0;
  const results = await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      withLock(name, options, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
        return number;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(results).toEqual([1, 2, 3, 4, 5]);
});

test("different locks don't wait for each other", async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  await expect(withLock(one, options, () => withLock(other, options, async () => "both"))).resolves.toBe(
    "both",
  );
});

test("a lock is free again after its work failed", async () => {
  const name = randomUUID();
  await expect(withLock(name, options, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(withLock(name, options, async () => "done")).resolves.toBe("done");
});

test("kill -9 of the process that holds it frees a lock, and whoever waits is told what for", async () => {
  const name = randomUUID();
  const child = await holder(name);
  const told: string[] = [];
  const outcome = withLock(
    name,
    { ...options, onWait: (text) => (told.push(text), child.kill("SIGKILL")) },
    async () => "mine",
  );
  await expect(outcome).resolves.toBe("mine");
  expect(told).toEqual(["build a house"]);
});

test("waiting ends at the deadline and names who holds the lock", async () => {
  const name = randomUUID();
  await holder(name);
  const attempt = withLock(name, { deadline: 100, purpose: "create a machine" }, async () => "never");
  await expect(attempt).rejects.toThrow(
    /waited 0\.1 s to create a machine, in vain: build a house still goes on/,
  );
});

test("what the holder says is shown without anything that a terminal obeys, and cut off", async () => {
  const name = randomUUID();
  await holder(name, `\x1b]0;title\x07\x1b[2Jbuild\na ${"very ".repeat(1000)}big house`);
  const told: string[] = [];
  const onWait = (text: string) => void told.push(text);
  const attempt = withLock(name, { deadline: 100, purpose: "wait", onWait }, async () => "never");
  await expect(attempt).rejects.toThrow(/in vain: build a (very ){30,}[very ]*… still goes on/);
  expect(told).toEqual([expect.stringMatching(/^build a (very ){30,}[very ]*…$/)]);
});

test("cancelling ends the wait", async () => {
  const name = randomUUID();
  await holder(name);
  const abort = new AbortController();
  const onWait = () => abort.abort(new Error("cancelled"));
  await expect(withLock(name, { ...options, signal: abort.signal, onWait }, async () => 1)).rejects.toThrow(
    "cancelled",
  );
});

test("any name makes an address that the kernel takes, and different names different ones", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (one, other) => {
      expect(Buffer.byteLength(lockAddress(one))).toBeLessThan(108);
      expect(lockAddress(one)).toMatch(/^\0kluster-[\w.-]*$/);
      expect(lockAddress(one) === lockAddress(other)).toBe(one === other);
    }),
  );
});

test("machines of different stacks have different locks", () => {
  expect(locks.machine("a", "il")).not.toBe(locks.machine("b", "il"));
});
