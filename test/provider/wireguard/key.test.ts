import { spawnSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { generateWireGuardKeyPair } from "../../../provider/wireguard";
import { wireGuardKey } from "../../../provider/resources/wireguard-key";
import { fromStruct } from "../../../provider/values";
import { secretOnWire, serveProvider, urnOf } from "../../support/provider";

const hasWg = spawnSync("wg", ["--version"]).error === undefined;
/** What comes before the 32 bytes of an X25519 private key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The public half by another way than the generator's. */
function publicKeyOf(privateKey: string): string {
  const der = Buffer.concat([PKCS8, Buffer.from(privateKey, "base64")]);
  const key = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return Buffer.from(key.export({ format: "jwk" }).x!, "base64url").toString("base64");
}

test("both halves belong together, are what `wg` takes, and the private one is clamped", () => {
  for (let i = 0; i < 200; i++) {
    const { privateKey, publicKey } = generateWireGuardKeyPair();
    expect(privateKey).toMatch(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/); // the check of NixOS and wg: 32 bytes
    expect(publicKey).toMatch(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/);
    expect(publicKeyOf(privateKey)).toBe(publicKey);
    const bytes = Buffer.from(privateKey, "base64");
    expect([bytes[0] & 7, bytes[31] & 192]).toEqual([0, 64]);
  }
});

test("no two are the same", () => {
  expect(new Set(Array.from({ length: 50 }, () => generateWireGuardKeyPair().privateKey)).size).toBe(50);
});

(hasWg ? test : test.skip)("`wg pubkey` agrees (skipped where wg is missing)", () => {
  const { privateKey, publicKey } = generateWireGuardKeyPair();
  const { stdout } = spawnSync("wg", ["pubkey"], { input: privateKey, encoding: "utf8" });
  expect(stdout.trim()).toBe(publicKey);
});

test("as a resource, it is known by its public half, and the private one is secret", async () => {
  const provider = await serveProvider([wireGuardKey]);
  try {
    const answer = await provider.create(urnOf(wireGuardKey), {});
    const wire = answer.getProperties()!.toJavaScript() as any;
    const { privateKey, publicKey } = fromStruct(answer.getProperties());
    expect(publicKeyOf(privateKey)).toBe(publicKey);
    expect(answer.getId()).toBe(publicKey);
    expect(wire.privateKey).toEqual(secretOnWire(privateKey));
  } finally {
    provider.stop();
  }
});
