import { removedApis } from "../../../provider/kubernetes/removed-apis";

const line = (resource: string, group: string, version: string, release: string, value = "1", sub = "") =>
  `apiserver_requested_deprecated_apis{group="${group}",removed_release="${release}",resource="${resource}",subresource="${sub}",version="${version}"} ${value}`;
const metrics = [
  "# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested",
  "# TYPE apiserver_requested_deprecated_apis gauge",
  line("flowschemas", "flowcontrol.apiserver.k8s.io", "v1beta3", "1.32"),
  line("flowschemas", "flowcontrol.apiserver.k8s.io", "v1beta3", "1.32", "1", "status"),
  line("endpoints", "", "v1", ""),
  line("cronjobs", "batch", "v1beta1", "1.25", "0"),
  line("widgets", "example.org", "v1", "1.37"),
  `apiserver_request_total{resource="pods"} 12`,
].join("\n");

test.each([
  [31, []],
  [
    32,
    [
      { name: "flowschemas of flowcontrol.apiserver.k8s.io/v1beta3", release: "1.32" },
      { name: "flowschemas/status of flowcontrol.apiserver.k8s.io/v1beta3", release: "1.32" },
    ],
  ],
])("what 1.%s no longer has is told, and neither what stays nor what nobody asked for", (minor, expected) => {
  expect(removedApis(metrics, minor)).toEqual(expected);
});

test("what a release removes is removed from all after it", () => {
  expect(removedApis(metrics, 40).map(({ release }) => release)).toEqual(["1.32", "1.32", "1.37"]);
});
