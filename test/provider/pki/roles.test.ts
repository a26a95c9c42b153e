import * as fc from "fast-check";
import { judge } from "../../../provider/pki";

const master = { machine: "il", isMaster: true };
const node = { machine: "ee", isMaster: false };
const request = (commonName: string, organizations: string[] = [], hosts: string[] = []) => ({
  commonName,
  organizations,
  hosts,
});

test.each([
  ["apiserverEtcdClient", request("etcd-client"), "etcd"],
  ["etcd", request("il", [], ["etcd.local"]), "etcd"],
  ["apiserverProxyClient", request("front-proxy-client"), "front-proxy"],
  ["apiServer", request("kubernetes", [], ["kubernetes.default.svc"]), "cluster"],
  ["schedulerClient", request("system:kube-scheduler"), "cluster"],
])("%s is signed by its own authority", (name, asked, authority) => {
  expect(judge(name, asked, master)).toMatchObject({ authority });
});

test("a server is known by its own name, too; the API by the names that it is given alone", () => {
  expect(judge("kubelet", request("ee"), node)).toMatchObject({ subject: { hosts: ["ee"] } });
  expect(judge("apiServer", request("kubernetes", [], ["k.example.org"]), master)).toMatchObject({
    subject: { hosts: ["k.example.org"], usages: ["server"] },
  });
});

test.each([
  [
    "kubeletClient",
    request("system:node:il", ["system:nodes"]),
    node,
    /"system:node:il", and may be of "system:node:ee"/,
  ],
  [
    "kubeletClient",
    request("system:node:ee", ["system:masters"]),
    node,
    /group system:masters.*group system:nodes/,
  ],
  [
    "kubeProxyClient",
    request("system:kube-proxy", ["system:masters"]),
    node,
    /group system:masters.*no group/,
  ],
  ["kubeletClient", request("system:node:ee"), node, /of no group, and may be of the group system:nodes/],
  ["schedulerClient", request("system:kube-scheduler"), node, /is for the master alone/],
  ["kluster", request("kluster"), node, /is for the master alone/],
  [
    "flannelClient",
    request("flannel-client", [], ["il"]),
    node,
    /a client's, and is to be good for a server at il/,
  ],
  ["kubelet", request("il"), node, /"il", and may be of "ee" alone/],
  ["clusterAdmin", request("cluster-admin", ["system:masters"]), master, /is none that kluster signs/],
  ["toString", request("x"), master, /is none that kluster signs/],
])("%s is refused what it may not say (%#)", (name, asked, holder, words) => {
  expect(judge(name, asked, holder)).toEqual({ refused: expect.stringMatching(words) });
});

test("whatever a node asks for, it is nobody but itself, and in no group but the nodes'", () => {
  const names = [
    "kubelet",
    "kubeletClient",
    "kubeProxyClient",
    "flannelClient",
    "etcd",
    "apiServer",
    "kluster",
  ];
  const word = fc.constantFrom(
    "ee",
    "il",
    "system:node:ee",
    "system:node:il",
    "system:kube-proxy",
    "kluster",
    "flannel-client",
  );
  const groups = fc.subarray(["system:nodes", "system:masters", "kluster:administrators"]);
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      word,
      groups,
      fc.subarray(["il", "10.0.0.1"]),
      (name, cn, o, hosts) => {
        const judged = judge(name, request(cn, o, hosts), node);
        if ("refused" in judged) return;
        const { authority, subject } = judged;
        expect(authority).toBe("cluster");
        expect(["ee", "system:node:ee", "system:kube-proxy", "flannel-client"]).toContain(subject.commonName);
        expect(subject.organizations.every((group) => group === "system:nodes")).toBe(true);
      },
    ),
  );
});
