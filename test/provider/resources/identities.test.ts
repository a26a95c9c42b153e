import { createPublicKey, X509Certificate } from "node:crypto";
import { CheckRequest, CheckResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { publicKeyOf } from "../../../provider/keys";
import { createCertificateAuthority, signCertificate } from "../../../provider/pki";
import { certificateAuthority as certificateAuthorityResource } from "../../../provider/resources/certificate-authority";
import { clientCertificate as clientCertificateResource } from "../../../provider/resources/client-certificate";
import { keyPair } from "../../../provider/resources/key-pair";
import { retired } from "../../../provider/resources/retired";
import { serviceAccountKey as serviceAccountKeyResource } from "../../../provider/resources/service-account-key";
import { stackIdentity } from "../../../provider/resources/stack-identity";
import { fromStruct } from "../../../provider/values";
import { secretOnWire, ServedProvider, serveProvider, urnOf } from "../../support/provider";

const clientCertificate = clientCertificateResource();
const certificateAuthority = certificateAuthorityResource();
const serviceAccountKey = serviceAccountKeyResource();
let provider: ServedProvider;
beforeAll(async () => {
  provider = await serveProvider([
    stackIdentity,
    keyPair,
    certificateAuthority,
    clientCertificate,
    serviceAccountKey,
    ...retired,
  ]);
});
afterAll(() => provider.stop());

/** Creates over gRPC; the properties as they go into the state, and unwrapped. */
async function create(resource: { type: string }, inputs: object) {
  const answer = await provider.create(urnOf(resource), inputs);
  return { wire: answer.getProperties()!.toJavaScript() as any, plain: fromStruct(answer.getProperties()) };
}

test("two stacks never get the same identity", async () => {
  const [one, two] = [await create(stackIdentity, {}), await create(stackIdentity, {})];
  expect(one.plain.identity).toMatch(/^[0-9a-f]{16}$/);
  expect(one.plain.identity).not.toBe(two.plain.identity);
});

describe("the master of a cluster", () => {
  const check = async (before: object | undefined, news: object) => {
    const request = new CheckRequest();
    request.setUrn(urnOf(stackIdentity));
    if (before) request.setOlds(Struct.fromJavaScript(before as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const answer = await provider.call<CheckResponse>("check", request);
    return answer.getFailuresList().map((failure) => failure.getReason());
  };

  test("is chosen freely when the cluster is made, and stays", async () => {
    expect(await check(undefined, { master: "il" })).toEqual([]);
    expect(await check({ master: "il" }, { master: "il" })).toEqual([]);
  });

  test("cannot become another, which is said before anything is changed", async () => {
    const [reason] = await check({ master: "il" }, { master: "ee" });
    expect(reason).toMatch(/^the master of this cluster is il and cannot become ee: etcd/);
    expect(reason).toMatch(/Set the master back to il/);
  });
});

test("a key pair's halves belong together and the private one is secret", async () => {
  const { wire, plain } = await create(keyPair, { comment: "il.dev" });
  expect(publicKeyOf(plain.privateKey)).toBe(plain.publicKey);
  expect(plain.publicKey).toMatch(/^ssh-ed25519 \S+ il\.dev$/);
  expect(wire.privateKey).toEqual(secretOnWire(plain.privateKey));
});

test("the key of the service accounts is a pair whose private half is secret", async () => {
  const { wire, plain } = await create(serviceAccountKey, {});
  const derived = createPublicKey(plain.privateKey).export({ type: "spki", format: "pem" });
  expect(plain.publicKey).toBe(derived);
  expect(wire.privateKey).toEqual(secretOnWire(plain.privateKey));
});

test("a join token of before goes without a word", async () => {
  await provider.delete(urnOf({ type: "kluster-provider:pki:JoinToken" }), "id", { token: "t" }, {});
});

describe("the administrator's certificate", () => {
  const wanted = { commonName: "kubernetes-admin", organization: "kluster:administrators", validDays: 366 };

  test("is signed by the stack's authority, its key secret", async () => {
    const authority = await create(certificateAuthority, { commonName: "kluster-dev" });
    expect(authority.wire.privateKey).toEqual(secretOnWire(authority.plain.privateKey));
    const { certificate: caCertificate, privateKey: caPrivateKey } = authority.plain;
    const { wire, plain } = await create(clientCertificate, { ...wanted, caCertificate, caPrivateKey });
    const issuer = new X509Certificate(caCertificate);
    expect(new X509Certificate(plain.certificate).verify(issuer.publicKey)).toBe(true);
    expect(wire.privateKey).toEqual(secretOnWire(plain.privateKey));
    expect(wire.caPrivateKey).toEqual(secretOnWire(caPrivateKey));
  });

  test.each([
    ["stays as it is in the first two thirds of its life", 243, []],
    ["shows as a change in the last third", 245, ["certificate"]],
    ["shows as a change after its end", 400, ["certificate"]],
  ])("%s", async (_, daysAgo, changed) => {
    const now = new Date(Date.now() - daysAgo * 86_400_000);
    const authority = await createCertificateAuthority({ commonName: "kluster-dev", now });
    const { certificate, privateKey } = await signCertificate(
      authority,
      { commonName: wanted.commonName, organizations: [wanted.organization], hosts: [], usages: ["client"] },
      { lifetime: 366 * 86_400_000, now },
    );
    const inputs = { ...wanted, caCertificate: authority.certificate, caPrivateKey: authority.privateKey };
    const olds = { ...inputs, certificate, privateKey, group: wanted.organization };
    const answer = await provider.diff(urnOf(clientCertificate), olds, inputs, inputs);
    expect(answer.getDiffsList()).toEqual(changed);
    expect(answer.getReplacesList()).toEqual([]);
  });
});
