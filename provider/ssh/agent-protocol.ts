import type { ParsedKey } from "ssh2";
import { field, FieldReader, uint32 } from "../keys/wire";

/** Numbers of draft-miller-ssh-agent. */
const message = { failure: 5, requestIdentities: 11, identities: 12, signRequest: 13, signature: 14 };

/** Longer messages are no business of ours (OpenSSH's own limit). */
const longestMessage = 256 * 1024;

/**
 * Answers one message to an SSH agent that can list its keys and sign with them, and nothing else: no key can be
 * added, removed or locked over the socket. What is not known or not understood is answered with "failure", as
 * the protocol asks for; OpenSSH relies on it for the extensions that it tries.
 *
 * @param request type byte and contents, without the length
 * @returns the answer in the same form
 */
export function answer(request: Buffer, keys: readonly ParsedKey[]): Buffer {
  try {
    if (request[0] === message.requestIdentities) {
      const identities = keys.flatMap((key) => [field(key.getPublicSSH()), field(key.comment)]);
      return Buffer.concat([Buffer.of(message.identities), uint32(keys.length), ...identities]);
    }
    if (request[0] === message.signRequest) {
      const reader = new FieldReader(request.subarray(1));
      const blob = reader.field();
      const data = reader.field();
      const key = keys.find((key) => key.getPublicSSH().equals(blob));
      if (key) {
        const signature = Buffer.concat([field(key.type), field(key.sign(data))]);
        return Buffer.concat([Buffer.of(message.signature), field(signature)]);
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // RangeError: the request is cut off
  }
  return Buffer.of(message.failure);
}

/** Cuts the stream of a connection into messages: each has its length, four bytes, before it. */
export class MessageSplitter {
  private rest: Buffer = Buffer.alloc(0);

  /**
   * @returns the messages that are complete now, without their lengths
   * @throws RangeError when a message is longer than any that the protocol has
   */
  push(bytes: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const messages: Buffer[] = [];
    while (this.rest.length >= 4) {
      const length = this.rest.readUInt32BE(0);
      if (length > longestMessage) throw new RangeError(`an agent message of ${length} bytes`);
      if (this.rest.length < 4 + length) break;
      messages.push(this.rest.subarray(4, 4 + length));
      this.rest = this.rest.subarray(4 + length);
    }
    return messages;
  }
}
