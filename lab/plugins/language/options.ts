import { Properties } from "../values";
import { splitWords } from "./words";

/** The runtime options of Pulumi.yaml that matter here. */
export interface Options {
  /** Whether the SDK is to run TypeScript itself, by ts-node. */
  typescript: boolean;
  tsconfig?: string;
  /** Node's own arguments, before those of the program. */
  nodeArgs: string[];
  packageManager: string;
}

const PACKAGE_MANAGERS = ["auto", "npm", "yarn", "pnpm", "bun"];

/** @throws where an option has a value of the wrong kind */
export function parseOptions(options: Properties): Options {
  const { typescript = true, tsconfig, nodeargs = "", packagemanager = "auto" } = options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string")
    throw new Error("tsconfigpath option must be a string");
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  if (typeof packagemanager !== "string") throw new Error("packagemanager option must be a string");
  if (!PACKAGE_MANAGERS.includes(packagemanager))
    throw new Error(
      `packagemanager option must be one of auto, npm, yarn, pnpm or bun, got ${JSON.stringify(packagemanager)}`,
    );
  return { typescript, tsconfig, nodeArgs: splitWords(nodeargs), packageManager: packagemanager };
}
