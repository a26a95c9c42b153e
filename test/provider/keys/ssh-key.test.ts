import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { utils } from "ssh2";
import { fingerprint, generateSshKeyPair, parsePublicKey, publicKeyOf } from "../../../provider/keys";

const hasSshKeygen = spawnSync("ssh-keygen", ["-?"]).error === undefined;
const comment = fc
  .string({ unit: fc.constantFrom(..."abcXYZ019@:.-_ ~#\"'\\"), maxLength: 40 })
  .map((text) => text.trim().replace(/\s+/g, " "));

describe("an SSH key pair", () => {
  it("can be read back by an SSH library: both halves belong together and the comment is kept", () => {
    fc.assert(
      fc.property(comment, (comment) => {
        const pair = generateSshKeyPair(comment);
        expect(publicKeyOf(pair.privateKey)).toBe(pair.publicKey);
        expect(parsePublicKey(pair.publicKey)).toMatchObject({ type: "ssh-ed25519", comment });
        const key = utils.parseKey(pair.privateKey);
        const publicHalf = utils.parseKey(pair.publicKey);
        if (key instanceof Error || publicHalf instanceof Error) throw new Error("not parsed");
        expect(publicHalf.verify("message", key.sign("message"))).toBe(true);
      }),
      { numRuns: 400 }, // a generator that loses leading zero bytes fails once in about 128 pairs
    );
  });

  it("differs from every other one", () => {
    const keys = Array.from({ length: 20 }, () => generateSshKeyPair("same").publicKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(["two\nlines", " leading", "bell\u0007", "grün"])("refuses the comment %j", (comment) => {
    expect(() => generateSshKeyPair(comment)).toThrow(/one line of printable ASCII/);
  });

  (hasSshKeygen ? it : it.skip)("is understood by OpenSSH (skipped where ssh-keygen is missing)", () => {
    const folder = mkdtempSync(join(tmpdir(), "kluster-test-"));
    try {
      const file = join(folder, "key");
      for (let i = 0; i < 10; i++) {
        const pair = generateSshKeyPair(`il of stack dev${"x".repeat(i)}`);
        writeFileSync(file, pair.privateKey, { mode: 0o600 });
        expect(execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim()).toBe(
          pair.publicKey,
        );
        const listed = execFileSync("ssh-keygen", ["-l", "-f", file], { encoding: "utf8" });
        expect(listed.split(" ")[1]).toBe(fingerprint(pair.publicKey));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("reading keys", () => {
  const pair = generateSshKeyPair("il");
  const rsa = utils.generateKeyPairSync("rsa", { bits: 2048 });

  it.each([
    ["nothing", ""],
    ["another type", rsa.public],
    ["a name without a key", "ssh-ed25519"],
    ["a key that is cut short", pair.publicKey.slice(0, 60)],
    ["base64 of something else", "ssh-ed25519 aGVsbG8="],
    ["two lines", `${pair.publicKey}\n${pair.publicKey}`],
  ])("refuses %s as a public key and says what is allowed", (_, text) => {
    expect(() => parsePublicKey(text)).toThrow(/must be one line "ssh-ed25519 <base64> \[comment\]"/);
  });

  it.each([
    ["nothing", ""],
    ["a public key", pair.publicKey],
    ["a key of another type", rsa.private],
    ["a damaged key", pair.privateKey.replace(/\n.{20}/, "\nAAAA")],
    [
      "a key with a passphrase",
      utils.generateKeyPairSync("rsa", { bits: 2048, passphrase: "secret", cipher: "aes256-ctr", rounds: 1 })
        .private,
    ],
  ])("refuses %s as a private key", (_, text) => {
    expect(() => publicKeyOf(text)).toThrow(/SSH private key/);
  });

  it("never repeats a private key in an error", () => {
    const secret = pair.privateKey.split("\n")[2];
    for (const read of [() => parsePublicKey(pair.privateKey), () => publicKeyOf(`x${pair.privateKey}`)]) {
      expect(read).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }));
    }
  });
});
