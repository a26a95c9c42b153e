import { endpointMistake, regionOf } from "../../settings/s3";
import { plainText } from "../../settings/plain-text";
import { loadSettings, SettingsError } from "../../settings";
import { secretKeys } from "../../settings/stack-config";
import { PLAIN_BOX, projectFolder } from "./project";

const right = {
  endpoint: "https://fsn1.your-objectstorage.com",
  bucket: "kluster",
  accessKey: "AKIAMARKER",
  secretKey: "secret/MARKER+=",
};
const ENCRYPTED = `config:
  kluster:snapshots:
    s3:
      endpoint: https://fsn1.your-objectstorage.com
      bucket: kluster
      accessKey:
        secure: AAABAJ
      secretKey:
        secure: AAABAK
`;

/** As Pulumi hands it over. */
function s3(
  value: unknown,
  { keys = ["snapshots"], file = ENCRYPTED }: { keys?: string[]; file?: string } = {},
) {
  const config = { snapshots: JSON.stringify({ keep: 5, s3: value }) };
  const folder = projectFolder({ files: { "Pulumi.dev.yaml": file } });
  return loadSettings({ stack: "dev", config, secretKeys: keys }, folder, PLAIN_BOX).snapshots.s3;
}
function refusal(...args: Parameters<typeof s3>): string {
  try {
    s3(...args);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("the settings were accepted");
}
const set = (key: string) => `pulumi config set --stack dev --secret --path kluster:snapshots.s3.${key}`;

test("without a word there is none", () => expect(s3(undefined)).toBeUndefined());

test("what is given is taken, and what is left out follows from the endpoint", () => {
  expect(s3(right)).toEqual({ ...right, prefix: "", region: "fsn1" });
  expect(s3({ ...right, endpoint: `${right.endpoint}/`, prefix: "/my/clusters/", region: "eu-x1" })).toEqual({
    ...right,
    ...{ prefix: "my/clusters", region: "eu-x1" },
  });
});

test.each([
  ["fsn1.your-objectstorage.com", "fsn1"],
  ["s3.eu-central-1.amazonaws.com", "eu-central-1"],
  ["s3.amazonaws.com", "us-east-1"],
  ["minio.example.org", "us-east-1"],
])("%s is in the region %s", (hostname, region) => expect(regionOf(hostname)).toBe(region));

test.each([
  ["https://fsn1.your-objectstorage.com", undefined],
  ["https://minio.example.org:9000/storage/v1/s3", undefined],
  ["http://127.0.0.1:9000", undefined],
  ["http://127.3.2.1", undefined],
  ["http://localhost:9000", undefined],
  ["http://[::1]:9000", undefined],
  ["http://192.168.56.1:9000", "http, and not to this very box"],
  ["http://127.0.0.1.example.org", "http, and not to this very box"],
  ["http://localhost.example.org", "http, and not to this very box"],
  ["fsn1.your-objectstorage.com", "not a URL"],
  ["s3://kluster", "not a URL with https"],
  ["https://key:secret@example.org", "keys are not part of it"],
  ["https://example.org?", "more than a server and a path"],
  ["https://example.org/#x", "more than a server and a path"],
])("as an endpoint %s: %s", (text, mistake) => expect(endpointMistake(text)).toBe(mistake));

test.each<[string, Record<string, unknown>, string, string]>([
  [
    "http",
    { endpoint: "http://s3.example.org" },
    'endpoint = "http://s3.example.org": http, and not to this very box',
    "pulumi config set --stack dev --path kluster:snapshots.s3.endpoint https://fsn1.your-objectstorage.com",
  ],
  [
    "keys in the endpoint",
    { endpoint: "https://a:MARKER@x.org" },
    "endpoint: keys are not part of it",
    "--path kluster:snapshots.s3.endpoint",
  ],
  ["no endpoint", { endpoint: undefined }, "endpoint: missing", "--path kluster:snapshots.s3.endpoint"],
  ["no bucket", { bucket: undefined }, "bucket: missing", "--path kluster:snapshots.s3.bucket my-bucket"],
  [
    "a bucket that is none",
    { bucket: "My_Bucket" },
    'bucket = "My_Bucket": not the name of a bucket',
    "3 to 63 lower-case",
  ],
  [
    "a bucket and a path",
    { bucket: "kluster/x" },
    'bucket = "kluster/x": not the name',
    "--path kluster:snapshots.s3.bucket",
  ],
  [
    "a prefix with ..",
    { prefix: "a/../b" },
    'prefix = "a/../b": not what every S3 takes',
    "--path kluster:snapshots.s3.prefix dev",
  ],
  ["a prefix with a space", { prefix: "a b" }, 'prefix = "a b": not what every S3 takes', "names of letters"],
  ["a region with a slash", { region: "eu/x" }, 'region = "eu/x": not the name of a region', "us-east-1"],
  ["no access key", { accessKey: undefined }, "accessKey: missing", set("accessKey")],
  ["no secret key", { secretKey: undefined }, "secretKey: missing", set("secretKey")],
  ["an empty secret key", { secretKey: "" }, "secretKey: empty", set("secretKey")],
  [
    "a line's end in a key",
    { secretKey: "MARKER\n" },
    "secretKey: with a space, a line's end",
    set("secretKey"),
  ],
  ["another type", { accessKey: ["MARKER"] }, "accessKey: not text", set("accessKey")],
  [
    "another key",
    { secret: "MARKER" },
    "secret: there is no such key",
    "endpoint, bucket, prefix, region, accessKey, secretKey",
  ],
])("%s is refused", (_, changes, what, next) => {
  const said = refusal({ ...right, ...changes });
  expect(said).toContain(`kluster:snapshots.s3.${what}`);
  expect(said).toContain(next);
  expect(said).not.toContain("MARKER");
});

test.each([
  ["text", "MARKER"],
  ["a list", ["MARKER"]],
])("%s in place of a table is refused, and not shown", (_, value) => {
  const said = refusal(value);
  expect(said).toContain("kluster:snapshots.s3: not a table");
  expect(said).toContain("pulumi config rm --stack dev --path kluster:snapshots.s3, then");
  expect(said).not.toContain("MARKER");
});

describe("keys in plain text are refused, with the command that puts it right", () => {
  const plainly = (key: string) =>
    `kluster:snapshots.s3.${key}: in plain text, for everybody who sees this file\n   Allowed: text that Pulumi keeps encrypted\n   Next: make other keys, then: ${set(key)}`;

  test("both, where Pulumi keeps nothing of it encrypted", () => {
    const said = refusal(right, { keys: ["secrets"], file: "" });
    for (const key of ["accessKey", "secretKey"]) expect(said).toContain(plainly(key));
    expect(said).not.toContain("MARKER");
  });

  test.each(["accessKey", "secretKey"])("only the %s, beside one that is encrypted", (key) => {
    const file = ENCRYPTED.replace(new RegExp(`${key}:\\n *secure: .*`), `${key}: MARKER`);
    const said = refusal(right, { file });
    expect(said).toContain(plainly(key));
    expect(said).toContain("1 problem in");
    expect(said).not.toContain("MARKER");
  });

  test("where the file is elsewhere, Pulumi's word is enough", () => {
    expect(s3(right, { file: "" })).toBeDefined();
    expect(s3(right, { keys: secretKeys({}), file: "" })).toBeDefined();
  });
});

test.each<[string, string, boolean]>([
  ["config:\n  kluster:a: x\n", "a", true],
  ["config:\n  kluster:a:\n    secure: x\n", "a", false],
  ["config:\n  'kluster:a': {b: 7}\n", "a.b", true],
  ["config:\n  kluster:a: {b: {secure: x}}\n", "a.b", false],
  ["config:\n  kluster:a: {b: {c: x}}\n", "a.b", false],
  ["encryptionsalt: x\n", "a", false],
  ["", "a", false],
  ["- list\n", "a", false],
])("of %j %s is plain: %j", (yaml, path, expected) =>
  expect(plainText(yaml)(path.split("."))).toBe(expected),
);
