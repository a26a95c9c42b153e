import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkoutFolder, toolchainLink } from "../machine/folders";
import { LabStack, labStack } from "./stacks";

/** Where the lab of a checkout keeps its things. */
export interface Layout {
  checkout: string;
  stack: LabStack;
  /** Everything that the lab makes on the box's file system is in here, except for an empty /nix. */
  state: string;
  /** What is /nix inside the lab: the operator's own store. */
  nix: string;
  home: string;
  pulumiHome: string;
  backend: string;
  cache: string;
  passphrase: string;
  /** Link to the toolchain. */
  toolchain: string;
  /** Private copies, so that nothing that Git tracks is ever written to. */
  stackFile: string;
  inventory: string;
  /** Stand-in of the NixOS minimal ISO. */
  installer: string;
  /** Tarballs of lab/nixpkgs. */
  nixpkgs: string;
}

/**
 * Marks a /nix on the box as made for labs, which mount their stores over it. It is not in a lab's own state, because
 * the last lab to go removes the folder, not the one that made it.
 */
export const nixMark = "/nix/made-for-kluster-lab";

/**
 * `STACK` says which stack is rehearsed: each has a lab of its own. `KLUSTER_LAB_STATE` puts the state elsewhere, so that
 * two labs of one checkout do not meet.
 * @throws Error when there is no stand-in for the stack
 */
export function layout(env: NodeJS.ProcessEnv = process.env, checkout = checkoutFolder()): Layout {
  const stack = labStack(env.STACK);
  const state = env.KLUSTER_LAB_STATE
    ? resolve(env.KLUSTER_LAB_STATE)
    : join(checkout, ".kluster", stack.folder);
  return {
    checkout,
    stack,
    state,
    nix: join(state, "nix"),
    home: join(state, "home"),
    pulumiHome: join(state, "pulumi"),
    backend: join(state, "backend"),
    cache: join(state, "cache"),
    passphrase: join(state, "passphrase"),
    toolchain: toolchainLink(state),
    stackFile: join(state, `Pulumi.${stack.name}.yaml`),
    inventory: join(state, stack.inventory),
    installer: join(state, "installer.iso"),
    nixpkgs: join(state, "nixpkgs"),
  };
}

/** What a command inside the lab finds in its environment besides what the caller has. */
export function labEnvironment(lab: Layout, path: string): Record<string, string> {
  return {
    STACK: lab.stack.name,
    KLUSTER_LAB_STATE: lab.state,
    KLUSTER_CACHE: lab.cache,
    KLUSTER_TOOLCHAIN: lab.toolchain,
    HOME: lab.home,
    PATH: [join(lab.checkout, "lab", "bin"), join(resolved(lab.toolchain), "bin"), path].join(":"),
    NIX_CONFIG: nixConfig,
    PULUMI_HOME: lab.pulumiHome,
    PULUMI_BACKEND_URL: `file://${lab.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: lab.passphrase,
    PULUMI_OPTION_CONFIG_FILE: lab.stackFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/**
 * Pulumi warns of a language host on PATH that does not lie beside it. It compares names, and its own is the one that
 * no link is part of.
 */
function resolved(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** What of the caller's environment must not reach the lab: it would lead out of it, or past its own settings. */
export const foreignVariables = [
  ...["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "NIX_REMOTE", "NIX_PATH"],
  ...["HCLOUD_TOKEN", "HCLOUD_ENDPOINT"],
];

/** Nix without a daemon, as root, that knows no other store. */
export const nixConfig = [
  "sandbox = false",
  "build-users-group =",
  "substituters =",
  "experimental-features = nix-command",
].join("\n");
