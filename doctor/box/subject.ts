import { type Run } from "../../provider/process";
import { VBoxManage } from "../../provider/virtualbox";
import { type ClusterSettings } from "../../settings";

/** This box, and the cluster that it is to run or to make. */
export interface Box {
  run: Run;
  vbox: VBoxManage;
  env: NodeJS.ProcessEnv;
  /** Absent where they are wrong. */
  settings?: ClusterSettings;
  /** What is wrong with the settings. */
  settingsError?: Error;
  /** Whether the machines are there already. */
  hasCluster: boolean;
  /** Content of a file of this box; undefined where it can't be read. */
  read(path: string): string | undefined;
  /** Free bytes of the file system that a path is on, or will be. */
  freeBytes(path: string): number;
  /** Hetzner's token. @throws Error */
  token(): string;
  /** Where the answers of Hetzner's API come from, unless it is Hetzner's own. */
  endpoint?: string;
}

export const isVirtualBox = ({ settings }: Box) => settings?.provider.kind === "virtualbox";
