import * as fc from "fast-check";
import { ParsedKey } from "ssh2";
import { generateSshKeyPair } from "../../../provider/keys";
import { parsePrivateKey } from "../../../provider/keys/ssh-key";
import { field, FieldReader, uint32 } from "../../../provider/keys/wire";
import { answer, MessageSplitter } from "../../../provider/ssh/agent-protocol";

const keys = [1, 2, 3].map((i) => parsePrivateKey(generateSshKeyPair(`key ${i}`).privateKey));
const failure = Buffer.of(5);
const signRequest = (blob: Buffer, data: Buffer) =>
  Buffer.concat([Buffer.of(13), field(blob), field(data), uint32(0)]);

describe("answers of the SSH agent", () => {
  it("list the keys with their comments", () => {
    const response = answer(Buffer.of(11), keys);
    expect(response[0]).toBe(12);
    const reader = new FieldReader(response.subarray(1));
    expect(reader.uint32()).toBe(3);
    for (const key of keys) {
      expect(reader.field()).toEqual(key.getPublicSSH());
      expect(reader.field().toString()).toBe(key.comment);
    }
    expect(() => reader.field()).toThrow(RangeError);
  });

  it("list no keys when there are none", () => {
    expect(answer(Buffer.of(11), [])).toEqual(Buffer.from([12, 0, 0, 0, 0]));
  });

  it("sign with the key that is asked for, and no other", () => {
    fc.assert(
      fc.property(fc.nat(keys.length - 1), fc.uint8Array({ maxLength: 500 }), (which, bytes) => {
        const data = Buffer.from(bytes);
        const response = answer(signRequest(keys[which].getPublicSSH(), data), keys);
        expect(response[0]).toBe(14);
        const signature = new FieldReader(new FieldReader(response.subarray(1)).field());
        expect(signature.field().toString()).toBe("ssh-ed25519");
        const proof = signature.field();
        const matching = keys.filter((key: ParsedKey) => key.verify(data, proof));
        expect(matching).toEqual([keys[which]]);
      }),
    );
  });

  it("are a failure for a key that is not there", () => {
    expect(answer(signRequest(keys[0].getPublicSSH(), Buffer.of(1)), keys.slice(1))).toEqual(failure);
  });

  it("are a failure for everything else, be it cut off, unknown or an attempt to add a key", () => {
    const known = [11, 13];
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 100 }), (type, rest) => {
        fc.pre(!known.includes(type));
        expect(answer(Buffer.from([type, ...rest]), keys)).toEqual(failure);
      }),
    );
    const whole = signRequest(keys[0].getPublicSSH(), Buffer.from("data")).subarray(0, -4);
    for (let length = 0; length < whole.length; length++) {
      expect(answer(whole.subarray(0, length), keys)).toEqual(failure);
    }
  });
});

describe("messages of the SSH agent's protocol", () => {
  it("are found whatever the pieces in which they come", () => {
    const message = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(message), fc.integer({ min: 1, max: 30 }), (messages, size) => {
        const stream = Buffer.concat(messages.map((message) => field(message)));
        const splitter = new MessageSplitter();
        const found: Buffer[] = [];
        for (let i = 0; i < stream.length; i += size)
          found.push(...splitter.push(stream.subarray(i, i + size)));
        expect(found).toEqual(messages);
      }),
    );
  });

  it("are not waited for when they claim to be huge", () => {
    expect(() => new MessageSplitter().push(uint32(1 << 20))).toThrow(/1048576 bytes/);
  });
});
