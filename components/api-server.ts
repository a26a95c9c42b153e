import { ClusterSettings } from "../settings/cluster";

/** The API as the machines call it. */
export const apiServer = ({ master, kubernetes }: ClusterSettings): string =>
  `https://${master}:${kubernetes.apiPort}`;
