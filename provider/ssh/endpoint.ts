import { isIP } from "node:net";
import { parsePublicKey } from "../keys";

/** Where a machine answers SSH, and the key by which it is known to be the right one. */
export interface Endpoint {
  /** IP address or DNS name. */
  address: string;
  port: number;
  user: string;
  /** The machine's public host key as an authorized_keys line, ssh-ed25519. Nothing else is ever trusted. */
  hostKey: string;
}

/** An endpoint and the key that opens it. */
export interface Login extends Endpoint {
  /** ed25519, OpenSSH PEM without a passphrase. Secret. */
  privateKey: string;
}

/**
 * Checks that an endpoint is complete and harmless as part of a command line.
 * @returns the pinned host key as it travels on the wire
 * @throws Error that names the wrong field, its value and what is allowed
 */
export function checkEndpoint({ address, port, user, hostKey }: Endpoint): Buffer {
  // Addresses and users end up in known_hosts and in command lines of ssh and nix: no spaces, no leading "-".
  if (!isIP(address) && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address)) {
    throw new Error(`The address of an SSH server must be an IP address or a DNS name, not "${address}"`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`The port of the SSH server ${address} must be an integer from 1 to 65535, not ${port}`);
  }
  if (!/^[A-Za-z_][A-Za-z0-9._-]*$/.test(user)) {
    throw new Error(
      `The user for the SSH server ${address} must be a plain login name such as "root", not "${user}"`,
    );
  }
  return parsePublicKey(hostKey).blob;
}

/** The endpoint for people: 192.168.56.11:22. */
export function where({ address, port }: Pick<Endpoint, "address" | "port">): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The line of a known_hosts file that pins this endpoint and nothing else. */
export function knownHostsLine(endpoint: Endpoint): string {
  const blob = checkEndpoint(endpoint);
  const name = endpoint.port === 22 ? endpoint.address : `[${endpoint.address}]:${endpoint.port}`;
  return `${name} ssh-ed25519 ${blob.toString("base64")}`;
}
