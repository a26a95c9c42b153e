import { minorOf } from "./skew";

/** An API that has been asked for, and that a Kubernetes to come no longer has. */
export interface RemovedApi {
  /** Such as "flowschemas of flowcontrol.apiserver.k8s.io/v1beta3". */
  name: string;
  /** The first Kubernetes without it, such as "1.32". */
  release: string;
}

/**
 * Reads the lines of the API server's metric apiserver_requested_deprecated_apis (stable since Kubernetes 1.27; its labels are
 * in https://kubernetes.io/docs/reference/instrumentation/metrics/).
 * @returns those that Kubernetes 1.`minor` no longer has, each once, by name
 */
export function removedApis(metrics: string, minor: number): RemovedApi[] {
  const found = metrics.split("\n").flatMap((line): [string, RemovedApi][] => {
    const labels = /^apiserver_requested_deprecated_apis\{(.*)\} (\S+)/.exec(line);
    if (!labels || Number(labels[2]) === 0) return [];
    const get = (label: string) => new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels[1])?.[1] ?? "";
    const release = get("removed_release");
    const gone = minorOf(release);
    if (gone === undefined || gone > minor) return []; // some are deprecated, and to stay
    const resource = [get("resource"), get("subresource")].filter(Boolean).join("/");
    const name = `${resource} of ${[get("group"), get("version")].filter(Boolean).join("/")}`;
    return [[name, { name, release }]];
  });
  return [...new Map(found).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
