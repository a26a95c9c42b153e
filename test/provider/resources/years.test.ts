import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { isSignedBy, needsRenewal } from "../../../provider/pki";
import { certificateAuthority } from "../../../provider/resources/certificate-authority";
import { certificates } from "../../../provider/resources/certificates";
import { clientCertificate } from "../../../provider/resources/client-certificate";
import { Properties } from "../../../provider/values";
import { ModelledResource } from "../../support/pulumi-model";
import { ServedProvider, serveProvider } from "../../support/provider";

jest.setTimeout(300_000); // thousands of certificates, on a box that may be busy with other tests

const hour = 3_600_000;
const day = 24 * hour;
const month = 30.5 * day;
const BEGIN = Date.parse("2026-11-28T12:00:00Z");
/** Those that kluster:certificateDays may be, and the years of an authority and an administrator. */
const [LEAST, USUAL, MOST] = [90, 1095, 3650];
const ADMINISTRATOR = 365;

let now: number;
const clock = { now: () => now, sleep: async () => {} };
const resources = {
  authority: certificateAuthority(clock),
  certificates: certificates(clock),
  administrator: clientCertificate(clock),
};
let provider: ServedProvider;
beforeAll(async () => {
  provider = await serveProvider(Object.values(resources));
});
afterAll(() => provider.stop());

const client = (commonName: string, organizations: string[] = []) => ({
  commonName,
  organizations,
  hosts: [],
});
/** What a worker and a master ask for (nix/certificates.nix). */
const WORKER = (name: string) => ({
  kubelet: client(name),
  kubeletClient: client(`system:node:${name}`, ["system:nodes"]),
  kubeProxyClient: client("system:kube-proxy"),
  flannelClient: client("flannel-client"),
});
const MASTER = {
  ...WORKER("il"),
  apiServer: { ...client("kubernetes"), hosts: ["il", "192.168.56.11"] },
  apiserverKubeletClient: client("system:kube-apiserver"),
  apiserverEtcdClient: client("etcd-client"),
  apiserverProxyClient: client("front-proxy-client"),
  etcd: { ...client("il"), hosts: ["etcd.local"] },
  controllerManagerClient: client("system:kube-controller-manager"),
  schedulerClient: client("system:kube-scheduler"),
  addonManager: client("system:kube-addon-manager"),
  kluster: client("kluster"),
};
const AUTHORITIES = ["cluster", "etcd", "front-proxy"] as const;
const SIGNED_BY: Record<string, (typeof AUTHORITIES)[number]> = {
  ...{ "il/etcd": "etcd", "il/apiserverEtcdClient": "etcd", "il/apiserverProxyClient": "front-proxy" },
};

/** Every certificate of a cluster with a master and a worker, and what `pulumi up` does to them. */
class Years {
  private readonly authorities = AUTHORITIES.map(
    (name) => [name, new ModelledResource(provider, resources.authority.type, name)] as const,
  );
  private readonly il = new ModelledResource(provider, resources.certificates.type, "il");
  private readonly ee = new ModelledResource(provider, resources.certificates.type, "ee");
  private readonly administrator = new ModelledResource(
    provider,
    resources.administrator.type,
    "administrator",
  );

  constructor(private readonly days: number) {
    now = BEGIN;
  }

  /** In the order of the graph: what signs before what is signed. `act` sees each with its inputs. */
  private async inOrder(
    act: (resource: ModelledResource, inputs: Properties) => Promise<void>,
  ): Promise<void> {
    for (const [name, authority] of this.authorities) await act(authority, { commonName: `kluster-${name}` });
    const identity = ({ certificate, privateKey }: Properties) => ({ certificate, privateKey });
    const authorities = Object.fromEntries(
      this.authorities.map(([name, authority]) => [name, identity(authority.state!.outputs)]),
    );
    const machine = { days: this.days };
    await act(this.il, { ...machine, machine: "il", isMaster: true, requests: MASTER, authorities });
    const { cluster } = authorities;
    await act(this.ee, {
      ...machine,
      ...{ machine: "ee", isMaster: false, requests: WORKER("ee"), authorities: { cluster } },
    });
    await act(this.administrator, {
      ...{ caCertificate: cluster.certificate, caPrivateKey: cluster.privateKey },
      ...{ commonName: "kubernetes-admin", organization: "kluster:administrators", validDays: ADMINISTRATOR },
    });
  }

  up = () => this.inOrder((resource, inputs) => resource.up(inputs));

  /** Names of those that the next `up` makes anew, as a preview says. */
  async changing(): Promise<string[]> {
    const steps: [ModelledResource, string][] = [];
    await this.inOrder(async (resource, inputs) => {
      steps.push([resource, (await resource.plan(inputs)).step]);
    });
    const names = new Map<ModelledResource, string>([
      ...this.authorities.map(([name, one]) => [one, name] as [ModelledResource, string]),
      ...[[this.il, "il"] as const, [this.ee, "ee"] as const],
      [this.administrator, "administrator"],
    ]);
    return steps.filter(([, step]) => step !== "same").map(([resource]) => names.get(resource)!);
  }

  /** All that there are, by name, with the authority of each. */
  all(): Record<string, { certificate: string; authority: string }> {
    const authority = Object.fromEntries(
      this.authorities.map(([name, { state }]) => [name, state!.outputs.certificate as string]),
    );
    const issued = (machine: string, { state }: ModelledResource) =>
      Object.entries<{ certificate: string }>(state!.outputs.issued).map(([name, { certificate }]) => [
        `${machine}/${name}`,
        { certificate, authority: authority[SIGNED_BY[`${machine}/${name}`] ?? "cluster"] },
      ]);
    return Object.fromEntries([
      ...AUTHORITIES.map((name) => [name, { certificate: authority[name], authority: authority[name] }]),
      ...issued("il", this.il),
      ...issued("ee", this.ee),
      [
        "administrator",
        { certificate: this.administrator.state!.outputs.certificate, authority: authority.cluster },
      ],
    ]);
  }

  /** Names of those that nobody trusts any more. */
  ended = () =>
    Object.entries(this.all())
      .filter(([, { certificate }]) => Date.parse(new X509Certificate(certificate).validTo) <= now)
      .map(([name]) => name);
}

/** Lives through years: `up` after each gap (ms). What holds at every one of them is looked at here. */
async function live(days: number, gaps: number[], atEach: (years: Years) => void = () => {}): Promise<void> {
  const years = new Years(days);
  await years.up();
  for (const gap of gaps) {
    now += gap;
    atEach(years);
    const before = years.all();
    await years.up();
    const after = years.all();
    expect(years.ended()).toEqual([]);
    expect(await years.changing()).toEqual([]);
    for (const [name, { certificate, authority }] of Object.entries(after)) {
      const earlier = before[name];
      const due = needsRenewal(earlier.certificate, new Date(now)) || earlier.authority !== authority;
      // Nothing is made anew before its last third, and nothing is left that is in it.
      expect([name, certificate !== earlier.certificate]).toEqual([name, due]);
      expect([name, isSignedBy(certificate, authority)]).toEqual([name, true]);
    }
  }
}

const gapsOf = (longest: number, count: number) =>
  fc.array(fc.integer({ min: hour, max: Math.floor(longest) }), { minLength: count, maxLength: count });

test("a cluster is at first without anything to renew", async () => {
  const years = new Years(USUAL);
  await years.up();
  expect(Object.keys(years.all())).toHaveLength(3 + 13 + 4 + 1);
  expect([years.ended(), await years.changing()]).toEqual([[], []]);
});

test.each([
  ["13 hours, when easyCerts restarted everything", 13 * hour, [], []],
  ["28 days, when easyCerts renewed everything", 28 * day, [], []],
  ["9 months, the last third of an administrator's", 9 * month, ["administrator"], []],
  ["13 months, when easyCerts had ended", 13 * month, ["administrator"], ["administrator"]],
  [
    "two years and a month, the last third of the machines'",
    25 * month,
    ["il", "ee", "administrator"],
    ["administrator"],
  ],
])("after %s", async (_, later, changing, ended) => {
  const years = new Years(USUAL);
  await years.up();
  now += later;
  expect([await years.changing(), years.ended()]).toEqual([changing, ended]);
  await years.up();
  expect([await years.changing(), years.ended()]).toEqual([[], []]);
});

test("after seven years the authorities are others, and all that they have signed", async () => {
  const years = new Years(USUAL);
  await years.up();
  now += 7 * 365 * day;
  const before = years.all();
  expect((await years.changing()).slice(0, 3)).toEqual([...AUTHORITIES]);
  await years.up();
  for (const [name, { certificate }] of Object.entries(years.all()))
    expect([name, certificate]).toEqual([name, expect.not.stringContaining(before[name].certificate)]);
  expect([await years.changing(), years.ended()]).toEqual([[], []]);
});

test("whoever runs up every four months never meets one that has ended", () =>
  fc.assert(
    fc.asyncProperty(gapsOf((ADMINISTRATOR / 3) * day, 12), (gaps) =>
      live(USUAL, gaps, (years) => expect(years.ended()).toEqual([])),
    ),
    { numRuns: 2 },
  ));

test("whoever runs up once in each third of their lives never meets one of the cluster's own that has ended", () =>
  fc.assert(
    fc.asyncProperty(
      fc
        .oneof(fc.constantFrom(LEAST, USUAL, MOST), fc.integer({ min: LEAST, max: MOST }))
        .chain((days) => fc.tuple(fc.constant(days), gapsOf((days / 3) * day, 8))),
      ([days, gaps]) =>
        live(days, gaps, (years) =>
          expect(years.ended().filter((name) => name !== "administrator")).toEqual([]),
        ),
    ),
    { numRuns: 3 },
  ));

test("however long nobody has run it, one up leaves none that has ended", () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: LEAST, max: MOST }), gapsOf(25 * 365 * day, 3), (days, gaps) =>
      live(days, gaps),
    ),
    { numRuns: 3 },
  ));
