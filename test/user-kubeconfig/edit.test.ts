import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { kubeconfig } from "../../provider/kubernetes/kubeconfig";
import { KubeconfigError, merge, remove } from "../../user-kubeconfig/edit";
import { entriesOf } from "../../user-kubeconfig/entries";

const pem = (label: string, text = "AAAA") => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;
const output = (stack: string, ca = "AAAA") =>
  kubeconfig({
    stack,
    server: { address: "192.168.56.11", port: 6443 },
    caCertificate: pem("CERTIFICATE", ca),
    clientCertificate: pem("CERTIFICATE"),
    clientPrivateKey: pem("PRIVATE KEY"),
  });
const entries = (stack: string, ca?: string) => entriesOf(stack, output(stack, ca));
const mergeDev = (text: string, ca?: string) => merge(text, "dev", entries("dev", ca));

interface Parsed {
  clusters: { name: string; cluster: Record<string, unknown> }[];
  users: { name: string }[];
  contexts: { name: string }[];
  "current-context": string;
}
const read = (text: string) => parse(text) as Parsed;

const BLOCK = `# My clusters.
apiVersion: v1
kind: Config
clusters:
  # At work.
  - cluster:
      server: "https://work.example:6443"   # the old one
    name: work

  - name: home
    cluster: {server: https://home.example}
users:
- name: work
  user:
    exec: {command: get-token, args: [--id, 'x']}
contexts:
- context:
    cluster: work
    user: work
  name: work
current-context: work
preferences: {}
`;
const JSON_FILE = `{
  "kind": "Config",
  "clusters": [{"name": "work", "cluster": {"server": "https://work.example"}}],
  "users": [],
  "contexts": [ ]
}
`;
const KUBECTL_EMPTY = `apiVersion: v1
clusters: null
contexts: null
current-context: ""
kind: Config
preferences: {}
users: null
`;

describe("merging a stack into a kubeconfig", () => {
  it("adds its entries behind the others, and leaves every line of the rest as it is", () => {
    const merged = mergeDev(BLOCK);
    for (const line of BLOCK.split("\n")) expect(merged.split("\n")).toContain(line);
    expect(read(merged).contexts.map(({ name }) => name)).toEqual(["work", "kluster-dev"]);
    expect(read(merged)["current-context"]).toBe("work");
    expect(remove(merged, "dev")).toBe(BLOCK);
  });

  it("works on JSON", () => {
    const merged = mergeDev(JSON_FILE);
    expect(merged).toContain('{"name": "work", "cluster": {"server": "https://work.example"}}');
    expect(read(merged)).toMatchObject({
      clusters: [{ name: "work" }, { name: "kluster-dev" }],
      users: [{ name: "kluster-dev-admin" }],
      "current-context": "kluster-dev",
    });
    expect(read(remove(merged, "dev"))).toMatchObject({
      clusters: [{ name: "work" }],
      users: [],
      contexts: [],
    });
  });

  it.each([
    ["no file", ""],
    ["a comment alone", "# nothing yet\n"],
    ["what kubectl makes of no entries", KUBECTL_EMPTY],
    ["a file that lacks the lists", "apiVersion: v1\nkind: Config"],
    ["an empty mapping", "{}\n"],
  ])("works on %s", (_, text) => {
    const merged = mergeDev(text);
    expect(merged).not.toMatch(/[&*]a1/);
    expect(read(merged)).toMatchObject({
      clusters: [{ name: "kluster-dev", cluster: { server: "https://192.168.56.11:6443" } }],
      users: [{ name: "kluster-dev-admin" }],
      contexts: [{ name: "kluster-dev", context: { cluster: "kluster-dev", user: "kluster-dev-admin" } }],
      "current-context": "kluster-dev",
    });
    expect(read(remove(merged, "dev"))).toMatchObject({
      clusters: [],
      users: [],
      contexts: [],
      "current-context": "",
    });
  });

  it("replaces what is there of the stack, and nothing of another one", () => {
    const both = merge(mergeDev(BLOCK), "hetzner", entries("hetzner"));
    const again = mergeDev(both, "BBBB");
    expect(again).toBe(merge(mergeDev(BLOCK, "BBBB"), "hetzner", entries("hetzner")));
    expect(mergeDev(again, "BBBB")).toBe(again);
    expect(remove(again, "dev")).toBe(merge(BLOCK, "hetzner", entries("hetzner")));
  });

  it("takes the name that the stack has now, whatever it was made as", () => {
    const merged = merge("", "new", entriesOf("new", output("old")));
    expect(merged).not.toContain("old");
    expect(read(merged)["current-context"]).toBe("kluster-new");
  });

  it.each([
    [
      "made by somebody else",
      "contexts:\n- name: kluster-dev\n  context: {cluster: x}\n",
      /"kluster-dev" that was not made by kluster.*delete-context/,
    ],
    ["that is not YAML", 'clusters: ["a\nusers: x', /not YAML: [A-Z_]+ in line \d/],
    ["that is a list", "- a\n", /no kubeconfig/],
    ["with several documents", "a: 1\n---\nb: 2\n", /several YAML documents/],
    ["with a list that is none", "clusters: yes\n", /clusters is no list/],
    ["whose lists are one", "clusters: &all\n- name: x\nusers: *all\n", /can't be changed piece by piece/],
  ])("refuses one %s", (_, text, message) => {
    expect(() => mergeDev(text)).toThrow(KubeconfigError);
    expect(() => mergeDev(text)).toThrow(message);
  });

  it("never says what is in the file or in the output", () => {
    expect(() => mergeDev("users: [{user: {token: s3cret}\n")).not.toThrow(/s3cret/);
    expect(() => entriesOf("dev", "s3cret")).not.toThrow(/s3cret/);
  });

  it("changes nothing of any other entry, and goes back byte for byte", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9:#' -]{0,11}$/);
    const entry = (key: string) =>
      fc.record({ name, [key]: fc.dictionary(name, fc.oneof(fc.string(), fc.boolean(), fc.constant(null))) });
    const list = (key: string) => fc.array(entry(key), { minLength: 1, maxLength: 3 });
    const file = fc.record({
      apiVersion: fc.constant("v1"),
      clusters: list("cluster"),
      contexts: list("context"),
      "current-context": fc.constant("x"),
      users: list("user"),
    });
    const style = fc.record({
      indent: fc.constantFrom(2, 4),
      indentSeq: fc.boolean(),
      lineWidth: fc.constantFrom(0, 40),
      collectionStyle: fc.constantFrom("any" as const, "flow" as const),
    });
    fc.assert(
      fc.property(file, style, fc.boolean(), (content, options, ended) => {
        const text = stringify(content, options).replace(/\n$/, ended ? "\n" : "");
        const merged = mergeDev(text);
        const others = read(merged);
        for (const key of ["clusters", "users", "contexts"] as const) others[key].pop();
        expect(others).toEqual(parse(text));
        expect(remove(merged, "dev").trimEnd()).toBe(text.trimEnd());
      }),
    );
  });
});
