import { readFileSync } from "node:fs";
import { join } from "node:path";
import { remote, types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { KeyPair } from "../provider/sdk";
import { shellQuote } from "../provider/shell";
import { hostKeyFirst } from "./host-key-first";
import { Machine } from "./machine";

const SCRIPTS = join(__dirname, "..", "scripts");

export interface RemoteScriptArgs {
  /** The machine that it runs on. */
  machine: Machine;
  operator: KeyPair;
  /** File of scripts/. */
  script: string;
  /** Arguments with which it is run when the resource is made, and again whenever one of them changes. */
  create: pulumi.Input<string>[];
  /** Arguments with which it is run when the resource goes; nothing is run without them. */
  delete?: string[];
  /** Seconds after which the script is ended. */
  timeout: number;
}

/** A script of scripts/ that runs on a machine: its text travels on standard input, its values as arguments. */
export function remoteScript(
  name: string,
  args: RemoteScriptArgs,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const { machine, operator } = args;
  const connection: types.input.remote.ConnectionArgs = {
    host: machine.address,
    user: "root",
    hostKey: machine.hostKey,
    privateKey: operator.privateKey,
    dialErrorLimit: 60,
  };
  return new remote.Command(
    name,
    {
      connection,
      create: commandLine(args.timeout, args.create),
      delete: args.delete && commandLine(args.timeout, args.delete),
      stdin: readFileSync(join(SCRIPTS, args.script), "utf8"),
      triggers: [machine.identity],
      addPreviousOutputInEnv: false,
    },
    pulumi.mergeOptions(opts, {
      ...{ deletedWith: machine.resource, deleteBeforeReplace: true },
      ...hostKeyFirst(machine, operator),
    }),
  );
}

/** The time limit is the machine's to keep: the command provider cannot end a command that runs there. */
function commandLine(timeout: number, args: pulumi.Input<string>[]): pulumi.Output<string> {
  return pulumi
    .all(args)
    .apply((words) => ["timeout", String(timeout), "bash", "-s", "--", ...words].map(shellQuote).join(" "));
}
