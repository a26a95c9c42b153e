/** SSH keys: making them, reading them, telling them apart. */
export { fingerprint, generateSshKeyPair, parsePublicKey, publicKeyOf } from "./ssh-key";
export type { SshKeyPair, SshPublicKey } from "./ssh-key";
