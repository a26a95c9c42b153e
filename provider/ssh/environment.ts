import { createHash } from "node:crypto";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicKeyOf } from "../keys";
import type { Agent } from "./agent";
import { knownHostsLine, Login } from "./endpoint";

/**
 * Arguments for the system's `ssh`, without the destination, that make it as strict as our own connections: nothing
 * of the user's or the system's configuration, the pinned host key only, the login's key only (from the agent),
 * never a question, never somebody else's open connection (a fresh login must be fresh).
 *
 * Adds the login's key to the agent; writes public keys only, to the agent's folder.
 */
export function sshOptions(login: Login, agent: Agent): string[] {
  agent.add(login.privateKey);
  const options = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: publicFile(agent.folder, "known-hosts", `${knownHostsLine(login)}\n`),
    GlobalKnownHostsFile: "/dev/null",
    HostKeyAlgorithms: "ssh-ed25519",
    UpdateHostKeys: "no",
    CheckHostIP: "no",
    // With several keys in the agent, ssh would try them all and be thrown out before the right one.
    IdentitiesOnly: "yes",
    IdentityFile: publicFile(agent.folder, "identity", `${publicKeyOf(login.privateKey)}\n`),
    IdentityAgent: agent.socket,
    PreferredAuthentications: "publickey",
    ControlMaster: "no",
    ControlPath: "none",
    ForwardAgent: "no",
    ConnectTimeout: "10",
    ServerAliveInterval: "5",
    ServerAliveCountMax: "3",
  };
  return [
    "-F",
    "none",
    "-p",
    String(login.port),
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
}

/**
 * Environment for programs that run the system's ssh by themselves, such as
 * `nix copy --to ssh://root@192.168.56.11`; the port is in the options already. Nix splits NIX_SSHOPTS at white space
 * (newer versions as a shell does): no value here has any, nor quotes.
 */
export function sshEnvironment(login: Login, agent: Agent): { SSH_AUTH_SOCK: string; NIX_SSHOPTS: string } {
  return { SSH_AUTH_SOCK: agent.socket, NIX_SSHOPTS: sshOptions(login, agent).join(" ") };
}

/**
 * A file named by its content, so that it never changes under somebody who reads it. run-folder.ts knows these names when
 * it removes the folder.
 */
function publicFile(folder: string, kind: string, content: string): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const file = join(folder, `${kind}-${hash}`);
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return file;
}
