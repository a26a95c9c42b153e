import type { Faults, RequestFault } from "../../../../../lab/hetzner/faults";
import { faultsLeft, held, noFaults, setFaults } from "../../support/hetzner";
import { casesOf } from "../../support/in-long";
import { readyNodes } from "../../support/kubernetes";
import { previewFindsNothing, refreshFindsNothing, tryPulumi, up } from "../../support/pulumi";

const refused = (path: string, error = "resource_limit_exceeded", more: object = {}): RequestFault => ({
  method: "POST",
  path,
  times: 1,
  error,
  ...more,
});

/** The order of a server. */
const order: RequestFault = { method: "POST", path: "/servers", body: '"server_type"', times: 1 };

/** In the run's output, an object's error; the plugin's own words stand below it. */
const errorOf = (object: string, words: string) =>
  new RegExp(`${object}.*:\n(?:(?! {2}\\S).*\n)*?.*${words}`);

/**
 * Faults in the order in which an up meets them, and what comes of each: an error that names object
 * and cause, after which another up goes on. docs/hetzner-faults.md has the same table for people.
 */
const FAULTS: [what: string, faults: Faults, errors: RegExp[]][] = [
  [
    "what all servers share cannot be made, or its answer is lost",
    {
      requests: [
        refused("/ssh_keys"),
        refused("/firewalls"),
        refused("/placement_groups"),
        refused("/networks", "server_error", { afterwards: true }),
      ],
    },
    [
      errorOf("SshKey \\(/operator\\)", "resource_limit_exceeded"),
      errorOf("Firewall \\(/firewall\\)", "resource_limit_exceeded"),
      errorOf("PlacementGroup \\(/spread-1\\)", "resource_limit_exceeded"),
      errorOf("Network \\(/network\\)", "server_error"),
    ],
  ],
  [
    "the answer to a new subnet is lost",
    { requests: [{ method: "POST", path: "add_subnet", times: 1, drop: true, afterwards: true }] },
    [errorOf("NetworkSubnet \\(/subnet\\)", "EOF")],
  ],
  [
    "the token may not be used any more",
    { requests: [{ method: "GET", path: "/server_types", times: 9, error: "unauthorized" }] },
    [errorOf("ServerChoice \\(\\w+\\)", "unauthorized.*hcloud:token")],
  ],
  [
    "Hetzner does not answer at all",
    { requests: [{ method: "GET", path: "/server_types", times: 99, drop: true }] },
    [errorOf("ServerChoice \\(\\w+\\)", "status\\.hetzner\\.com|online")],
  ],
  [
    "there are no more addresses",
    { requests: [refused("/primary_ips")] },
    [errorOf("PrimaryIp \\(\\w+/ipv[46]\\)", "resource_limit_exceeded")],
  ],
  [
    "an order is refused",
    { requests: [{ ...order, error: "resource_limit_exceeded" }] },
    [errorOf("Server \\(\\w+\\)", "resource_limit_exceeded")],
  ],
  [
    "the answer to an order is lost",
    { requests: [{ ...order, drop: true, afterwards: true }] },
    [errorOf("Server \\(\\w+\\)", "EOF")],
  ],
  [
    "an order fails while it is carried out",
    {
      actions: [
        { command: "create_server", times: 1, error: "placement_error", message: "no host has room" },
      ],
    },
    [errorOf("Server \\(\\w+\\)", "no host has room")],
  ],
  [
    "a type is sold out, and nothing announced it",
    { requests: [{ ...order, times: 3, error: "resource_unavailable" }] },
    [errorOf("Server \\(\\w+\\)", "resource_unavailable")],
  ],
];

/** What an up meets and gets over by itself. */
const PASSING: Faults = {
  requests: [
    { method: "POST", path: "attach_to_network", times: 1, error: "conflict" },
    { method: "POST", path: "attach_to_network", times: 1, error: "locked" },
    { ...order, error: "conflict" },
    { ...order, error: "rate_limit_exceeded", reset: 2 },
    { method: "GET", path: "/servers/", times: 2, error: "bad_gateway" },
    { method: "GET", path: "/actions", times: 2, error: "timeout" },
  ],
  actions: [{ command: "attach_to_network", times: 1, delay: 4000 }],
};

export function faults(): void {
  afterEach(noFaults);

  const inShort = [
    "what all servers share cannot be made, or its answer is lost",
    "Hetzner does not answer at all",
    "the answer to an order is lost",
  ];
  test.each(casesOf(FAULTS, ...inShort))(
    "%s: the run ends in errors that name object and cause",
    async (_what, fault, errors) => {
      await setFaults(fault);
      const finished = await tryPulumi(["up", "--yes", "--skip-preview"]);
      const said = finished.stdout + finished.stderr;
      const [, diagnostics = ""] = said.split("Diagnostics:");
      for (const error of errors) expect(diagnostics).toMatch(error);
      expect(finished.code).not.toBe(0);
    },
  );

  test("conflicts, locks, rate limits, gateways that fail and slow actions pass within the run, which ends with a cluster", async () => {
    await setFaults(PASSING);
    await up();
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]);
    expect(await faultsLeft()).toBe(0);
  });

  test("nothing of all those runs is left twice, and nothing more is to be done", async () => {
    expect((await held()).filter((object) => object.startsWith("server "))).toHaveLength(3);
    expect((await held()).filter((object) => object.startsWith("primary_ip "))).toHaveLength(6);
    await previewFindsNothing();
    await refreshFindsNothing();
  });
}
