import { X509Certificate } from "node:crypto";
import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { createCertificateAuthority, Identity, isSignedBy } from "../../../provider/pki";
import { certificates } from "../../../provider/resources/certificates";
import { fromStruct, Properties, toStruct, UNKNOWN } from "../../../provider/values";
import { ServedProvider, serveProvider, urnOf } from "../../support/provider";

const day = 86_400_000;
let now = Date.parse("2026-11-28T12:00:00Z");
const resource = certificates({ now: () => now, sleep: async () => {} });
const urn = urnOf(resource, "ee/certificates");
const requests = {
  kubelet: { commonName: "ee", organizations: [], hosts: [] },
  kubeletClient: { commonName: "system:node:ee", organizations: ["system:nodes"], hosts: [] },
};
let cluster: Identity;
let provider: ServedProvider;
let inputs: Properties;

beforeEach(async () => {
  now = Date.parse("2026-11-28T12:00:00Z");
  cluster = await createCertificateAuthority({ commonName: "kluster-dev", now: new Date(now) });
  provider = await serveProvider([resource]);
  inputs = { machine: "ee", isMaster: false, requests, authorities: { cluster }, days: 1095 };
});
afterEach(() => provider.stop());

async function issue(): Promise<Properties> {
  return fromStruct((await provider.create(urn, inputs)).getProperties());
}
const update = async (olds: Properties, news: Properties, preview = false) =>
  fromStruct((await provider.update(urn, "ee", olds, inputs, news, preview)).getProperties());
const changes = async (olds: Properties, news = inputs) =>
  (await provider.diff(urn, olds, inputs, news)).getDiffsList();

test("are signed for three years, each with a key of its own, all of it secret", async () => {
  const made = await provider.create(urn, inputs);
  const wire = JSON.stringify(made.getProperties()!.toJavaScript());
  const { issued, expire } = fromStruct(made.getProperties());
  expect(Object.keys(issued)).toEqual(["kubelet", "kubeletClient"]);
  expect(issued.kubelet.privateKey).not.toBe(issued.kubeletClient.privateKey);
  expect(isSignedBy(issued.kubeletClient.certificate, cluster.certificate)).toBe(true);
  expect(new X509Certificate(issued.kubeletClient.certificate).subject).toBe(
    "O=system:nodes\nCN=system:node:ee",
  );
  expect(expire).toEqual({ kubelet: "2029-11-27", kubeletClient: "2029-11-27" });
  expect(wire.match(/PRIVATE KEY/g)).toHaveLength(6); // begin and end of two keys and the authority's
  expect(made.getProperties()!.toJavaScript()).toMatchObject({
    issued: { "4dabf18193072939515e22adb298388d": expect.anything() },
    authorities: { "4dabf18193072939515e22adb298388d": expect.anything() },
  });
});

test.each([
  [729, []],
  [731, ["expire.kubelet", "expire.kubeletClient"]],
  [2000, ["expire.kubelet", "expire.kubeletClient"]],
])("after %i days the change of each that is in its last third shows by name", async (days, names) => {
  const olds = await issue();
  now += days * day;
  expect(await changes(olds)).toEqual(names);
});

test("what is in its last third is renewed, and nothing else", async () => {
  const { issued, expire, ...rest } = await issue();
  now += 400 * day;
  const { kubelet: _, ...others } = requests;
  const later = await update(
    { ...rest, issued: { kubelet: issued.kubelet }, expire },
    { ...inputs, requests: { kubelet: requests.kubelet, ...others } },
  );
  now += 400 * day;
  const renewed = await update(later, inputs);
  expect(renewed.issued.kubelet.certificate).not.toBe(issued.kubelet.certificate);
  expect(renewed.issued.kubeletClient).toEqual(later.issued.kubeletClient);
  expect(await changes(renewed)).toEqual([]);
});

test("what shall say something else, or is another authority's, is signed anew; the rest stays", async () => {
  const olds = await issue();
  const more = { ...requests, kubelet: { ...requests.kubelet, hosts: ["ee.example.org"] } };
  const named = await update(olds, { ...inputs, requests: more });
  expect(named.issued.kubeletClient).toEqual(olds.issued.kubeletClient);
  expect(new X509Certificate(named.issued.kubelet.certificate).subjectAltName).toBe(
    "DNS:ee, DNS:ee.example.org",
  );
  const other = await createCertificateAuthority({ commonName: "kluster-dev", now: new Date(now) });
  const moved = await update(named, { ...inputs, authorities: { cluster: other } });
  for (const { certificate } of Object.values<Identity>(moved.issued))
    expect(isSignedBy(certificate, other.certificate)).toBe(true);
});

test("a preview says that they will be others, and only then", async () => {
  const olds = await issue();
  expect((await update(olds, inputs, true)).issued).toEqual(olds.issued);
  now += 800 * day;
  expect((await update(olds, inputs, true)).issued).toBe(UNKNOWN);
});

test("a request that does not suit the machine is refused by name, with the way out, before anything is signed", async () => {
  const request = new CheckRequest();
  request.setUrn(urn);
  const asked = {
    ...requests,
    kubeletClient: { ...requests.kubeletClient, organizations: ["system:masters"] },
  };
  request.setNews(toStruct({ ...inputs, requests: asked }, []));
  const answer = await provider.call<CheckResponse>("check", request);
  expect(answer.getFailuresList().map((failure) => failure.getReason())).toEqual([
    expect.stringMatching(
      /^the certificate kubeletClient of ee \(services\.kubernetes\.pki\.certs\.kubeletClient\) is to be of the group system:masters.*Take out of your NixOS modules/,
    ),
  ]);
});
