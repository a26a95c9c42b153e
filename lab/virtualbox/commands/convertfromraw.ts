import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Answer, ok, Refusal, errorLine } from "../answer";
import { Box } from "../box";
import { copyDiskFile, diskFileCapacity } from "../disk-file";
import { parseOptions } from "../options";
import { notModelled, syntaxError } from "../syntax";
import { diskFormat, diskVariant } from "./medium";

/** `convertfromraw`: makes a disk image of a raw one. It is not registered; whatever opens it first does that. */
export async function convertfromraw(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("convertfromraw", args, [
    { names: ["--format", "-format"], kind: "string" },
    { names: ["--variant", "-variant"], kind: "string" },
    { names: ["--uuid"], kind: "uuid" },
  ]);
  const [input, output, surplus] = options.words;
  if (input === undefined || output === undefined)
    throw syntaxError("convertfromraw", "Not enough parameters");
  if (surplus !== undefined || input === "stdin") throw notModelled("convertfromraw", "reading from stdin");
  if (options.has("--uuid")) throw notModelled("convertfromraw", "--uuid");
  diskFormat("convertfromraw", options);
  const kind = diskVariant("convertfromraw", options) === "fixed" ? "fixed" : "dynamic";

  const begun = `Converting from raw image file="${input}" to file="${output}"...\n`;
  const [from, to] = [resolve(box.folder, input), resolve(box.folder, output)];
  if (!existsSync(from)) throw failure(begun, `Cannot open file "${input}": VERR_FILE_NOT_FOUND`);
  const megabytes = Math.floor(diskFileCapacity(from) / (1 << 20));
  const creating = `${begun}Creating ${kind} image with size ${statSync(from).size} bytes (${megabytes}MB)...\n`;
  if (existsSync(to))
    throw failure(creating, `Cannot create the disk image "${output}": VERR_ALREADY_EXISTS`);
  copyDiskFile(from, to);
  return ok("", creating);
}

const failure = (begun: string, message: string) =>
  new Refusal({ exit: 1, stdout: "", stderr: begun + errorLine(message) });
