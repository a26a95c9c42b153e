import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { AgeError, decrypt, encrypt, newAgeKey } from "../../provider/age";

const sealed = async (text: string, lock: Parameters<typeof encrypt>[1]) =>
  buffer(await encrypt(Readable.from([Buffer.from(text)]), lock));
const opened = async (bytes: Buffer, opener: Parameters<typeof decrypt>[1]) =>
  (await buffer(await decrypt(Readable.from([bytes]), opener))).toString();

test("what is encrypted for a key is opened by its other half, and says nothing before", async () => {
  const { identity, recipient } = await newAgeKey();
  const bytes = await sealed("a secret of mine", { recipients: [recipient] });
  expect(bytes.toString("latin1")).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
  expect(bytes.includes("secret")).toBe(false);
  expect(await opened(bytes, { identities: [identity] })).toBe("a secret of mine");
});

test("a passphrase does it, too", async () => {
  const bytes = await sealed("text", { passphrase: "right horse" });
  expect(await opened(bytes, { passphrase: "right horse" })).toBe("text");
  await expect(opened(bytes, { passphrase: "wrong horse" })).rejects.toThrow(AgeError);
});

test("the library itself, and so age, opens what a passphrase closes", async () => {
  const bytes = await sealed("text", { passphrase: "right horse" });
  const script = `import { Decrypter } from "age-encryption";
    import { buffer } from "node:stream/consumers";
    const decrypter = new Decrypter();
    decrypter.addPassphrase("right horse");
    console.log(await decrypter.decrypt(new Uint8Array(await buffer(process.stdin)), "text"));`;
  const node = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: __dirname,
    input: bytes,
    encoding: "utf8",
  });
  expect(node).toMatchObject({ stdout: "text\n", status: 0 });
});

test("another key, a changed byte and half a file are found out", async () => {
  const { identity, recipient } = await newAgeKey();
  const other = await newAgeKey();
  const bytes = await sealed("x".repeat(200_000), { recipients: [recipient] });
  await expect(opened(bytes, { identities: [other.identity] })).rejects.toThrow(AgeError);
  const changed = Buffer.from(bytes);
  changed[150_000] ^= 1;
  await expect(opened(changed, { identities: [identity] })).rejects.toThrow();
  await expect(opened(bytes.subarray(0, 140_000), { identities: [identity] })).rejects.toThrow();
});

test("a stream that fails fails the encrypted one", async () => {
  const { recipient } = await newAgeKey();
  const failing = Readable.from(
    (function* () {
      yield Buffer.from("half");
      throw new Error("the line is dead");
    })(),
    { objectMode: false },
  );
  const work = async () => buffer(await encrypt(failing, { recipients: [recipient] }));
  await expect(work()).rejects.toThrow("the line is dead");
});
