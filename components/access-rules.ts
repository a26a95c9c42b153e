/** Whoever may administrate the cluster is in this group; taking its binding away takes the right from all of them. */
export const ADMINISTRATORS = "kluster:administrators";

/** The program, on the master (nix/certificates.nix). */
const PROGRAM = "kluster";

const apiGroup = "rbac.authorization.k8s.io";
const apiVersion = `${apiGroup}/v1`;

const binding = (name: string, role: string, subject: { kind: "User" | "Group"; name: string }) => ({
  apiVersion,
  kind: "ClusterRoleBinding",
  metadata: { name },
  roleRef: { apiGroup, kind: "ClusterRole", name: role },
  subjects: [{ apiGroup, ...subject }],
});

/**
 * Who may do what beside what NixOS's modules ask for: administrators, and the program that looks after nodes.
 * @param group of the administrators
 */
export const accessRules = (group: string): object[] => [
  binding("kluster:administrators", "cluster-admin", { kind: "Group", name: group }),
  {
    apiVersion,
    kind: "ClusterRole",
    metadata: { name: "kluster:nodes" },
    rules: [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "patch", "delete"] },
      // What `kubectl drain` does (https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/).
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] },
      { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
      { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"] },
      // What is in the way of that (scripts/node-drain.sh).
      { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list"] },
      // Whether the cluster's DNS is there, and why not (scripts/wait-for-kubernetes.sh).
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
      { apiGroups: [""], resources: ["events"], verbs: ["list"] },
    ],
  },
  binding("kluster:nodes", "kluster:nodes", { kind: "User", name: PROGRAM }),
];
