import { readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../../provider/process";
import { VBoxManage } from "../../provider/virtualbox";
import { type ClusterSettings, loadSettings } from "../../settings";
import { stackConfig } from "../../settings/stack-config";
import { stackConfiguration, stackName, stackSecret } from "../../stack/outputs";
import { type Box } from "./subject";

/** The box that this runs on, and the settings of a stack, without its secrets. */
export function thisBox(stack: string | undefined, hasCluster: boolean): Box {
  const { settings, settingsError, endpoint } = readSettings(stack);
  const { env } = process;
  return {
    ...{ run, env, settings, settingsError, endpoint, hasCluster, read, freeBytes },
    vbox: new VBoxManage(run),
    token: () => env.HCLOUD_TOKEN || stackSecret(stack, "hcloud:token"),
  };
}

function readSettings(stack: string | undefined): Pick<Box, "settings" | "settingsError" | "endpoint"> {
  let settings: ClusterSettings | undefined;
  let endpoint: string | undefined = process.env.HCLOUD_ENDPOINT;
  try {
    const all = stackConfiguration(stack);
    endpoint = all["hcloud:endpoint"] ?? endpoint;
    settings = loadSettings({ stack: stackName(stack), config: stackConfig(all) }, join(__dirname, "../.."));
    return { settings, endpoint };
  } catch (error) {
    return { settingsError: error as Error, endpoint };
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Of the nearest folder on the way to it that is there. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || path === dirname(path)) throw error;
    return freeBytes(dirname(path));
  }
}
