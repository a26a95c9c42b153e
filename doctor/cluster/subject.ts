import { type Scripts } from "../../provider/nixos/scripts";
import { type Session } from "../../provider/ssh";
import { type Cluster } from "../../stack/cluster";
import { type NodeReport } from "./report";

/** A machine of a cluster, as far as it could be reached. */
export interface Node {
  name: string;
  cluster: Cluster;
  scripts: Scripts;
  /** Absent where there is no login. */
  session?: Session;
  loginError?: Error;
  report?: NodeReport;
}
