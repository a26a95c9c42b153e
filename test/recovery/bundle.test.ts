import { parse } from "yaml";
import { asStateOf, bundle, configPath, plainAt, readBundle, withoutSecrets } from "../../recovery/bundle";

const FILE = `# Stack "dev"
encryptionsalt: v1:aaa=
config:
  kluster:inventory: hosts.toml # mine
  kluster:secrets:
    wifi:
      secure: v1:bbb=
    wi.fi:
      secure: v1:ccc=
  hcloud:token:
    secure: v1:ddd=
  other:list:
    - plain
    - secure: v1:eee=
  kluster:rotate:
    secure: "1"
    hosts: "2"
`;

test("what only the stack's passphrase can read is taken out of its file, and nothing else", () => {
  const { text, paths } = withoutSecrets(FILE);
  expect(paths).toEqual([
    ["kluster:secrets", "wifi"],
    ["kluster:secrets", "wi.fi"],
    ["hcloud:token"],
    ["other:list", "1"],
  ]);
  expect(text).not.toMatch(/v1:/);
  expect(text).toContain("kluster:inventory: hosts.toml # mine");
  expect(parse(text)).toEqual({
    config: {
      "kluster:inventory": "hosts.toml",
      "other:list": ["plain"],
      "kluster:rotate": { secure: "1", hosts: "2" },
    },
  });
});

test.each(["", "# nothing\n", "config:\n  kluster:memory: 4096\n", "config: {}\n"])(
  "a file without secrets stays byte for byte (%j)",
  (text) => expect(withoutSecrets(text)).toEqual({ text, paths: [] }),
);

test("a secret is found in what Pulumi says of the configuration", () => {
  const config = {
    "hcloud:token": { value: "tok" },
    "kluster:secrets": { value: '{"wi.fi":"geheim"}', objectValue: { "wi.fi": "geheim", list: ["a", 7] } },
  };
  expect(
    [
      ["hcloud:token"],
      ["kluster:secrets", "wi.fi"],
      ["kluster:secrets", "list", "1"],
      ["kluster:secrets", "no"],
      ["no"],
    ].map((path) => plainAt(config, path)),
  ).toEqual(["tok", "geheim", "7", undefined, undefined]);
});

test("and is written back by a path that Pulumi takes, whatever its name", () => {
  expect([["hcloud:token"], ["kluster:secrets", "wi.fi"], ["other:list", "1"]].map(configPath)).toEqual([
    "hcloud:token",
    'kluster:secrets["wi.fi"]',
    "other:list[1]",
  ]);
});

test("a state is encrypted as the new stack does it", () => {
  const state = { version: 3, deployment: { secrets_providers: "old", resources: [{ urn: "u" }] } };
  expect(asStateOf(state, { version: 3, deployment: { secrets_providers: "new" } })).toEqual({
    version: 3,
    deployment: { secrets_providers: "new", resources: [{ urn: "u" }] },
  });
});

test("what is no backup is refused without its content", () => {
  const parts = {
    time: "t",
    stack: "dev",
    state: { version: 3, deployment: {} },
    stackFile: "",
    secrets: [],
    files: {},
  };
  expect(readBundle(JSON.stringify(bundle(parts)))).toMatchObject(parts);
  for (const text of ["", "geheim", "{}", '{"format":"kluster-backup/9","x":"geheim"}'])
    expect(() => readBundle(text)).toThrow(/^it is no backup that this version of kluster can read$/);
});
