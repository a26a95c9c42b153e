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

/** Answers every connection with one line: the node that it runs on. */
export const server = [
  "/usr/bin/perl",
  "-MIO::Socket::INET",
  "-e",
  '$| = 1; my $l = IO::Socket::INET->new(LocalPort => 8080, Listen => 9, ReuseAddr => 1) or die "$!"; print "serving on $ENV{NODE}\\n"; while (my $c = $l->accept) { print $c "hello from $ENV{NODE}\\n"; close $c }',
];

/** Asks a Service by its DNS name until it is answered. @param service with its namespace, such as hello.default */
export const asking = (service: string) => [
  "/usr/bin/bash",
  "-c",
  `until exec 3<>/dev/tcp/${service}.svc.cluster.local/80; do /usr/bin/sleep 0.5; done 2>/dev/null; /usr/bin/cat <&3; while :; do /usr/bin/sleep 1000; done`,
];
