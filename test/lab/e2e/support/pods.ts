/**
 * The lab has no registry: pods run from an image that every node has, with the machine's own programs mounted.
 * What matters here is who runs, who reaches whom, and by which name.
 */
export function podSpec(command: string[], node?: string) {
  const folders = ["usr", "usr/lib:lib", "usr/lib64:lib64", "usr/bin:bin"].map((entry) => entry.split(":"));
  return {
    ...(node && { nodeName: node }),
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: "main",
        image: "pause:latest",
        imagePullPolicy: "Never",
        command,
        volumeMounts: folders.map(([from, to = from]) => ({
          name: from.replace("/", "-"),
          mountPath: `/${to}`,
          readOnly: true,
        })),
        env: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      },
    ],
    volumes: folders.map(([from]) => ({ name: from.replace("/", "-"), hostPath: { path: `/${from}` } })),
  };
}
