import * as fc from "fast-check";
import {
  differences,
  evicting,
  foundOn,
  Known,
  LabelsAndTaints,
  NodeObject,
  patchFor,
} from "../../../provider/kubernetes/labels-and-taints";

const NONE: LabelsAndTaints = { labels: {}, taints: {} };
const known = (last: LabelsAndTaints = NONE, secret = "s", node = "ee"): Known => ({ ...last, node, secret });
const OURS = "kluster/labels-and-taints";

/** RFC 7396, as the API server does it. */
function merged(target: any, patch: any): any {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(typeof target === "object" ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

const fresh = (): NodeObject => ({ metadata: { resourceVersion: "1" } });
const applied = (node: NodeObject, wanted: LabelsAndTaints, by: Known): NodeObject => {
  const patch = patchFor(node, wanted, by);
  return patch ? merged(node, patch) : node;
};
const taintsOf = ({ spec }: NodeObject) =>
  Object.fromEntries((spec?.taints ?? []).map(({ key, effect, value = "" }) => [`${key}:${effect}`, value]));

test("a patch changes what has to be, names the object that it is for, and nothing else", () => {
  const node: NodeObject = {
    metadata: { resourceVersion: "7", labels: { "kubernetes.io/os": "linux", disk: "hdd", old: "x" } },
    spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute", timeAdded: "t" }] },
  };
  const wanted = { labels: { disk: "ssd" }, taints: { "a:NoSchedule": "b", "c:NoSchedule": "" } };
  expect(patchFor(node, wanted, known({ labels: { disk: "hdd", old: "x" }, taints: {} }))).toEqual({
    metadata: {
      resourceVersion: "7",
      labels: { old: null, disk: "ssd" },
      annotations: {
        [OURS]: expect.stringMatching(
          /^\{"labels":\["disk"\],"taints":\["a:NoSchedule","c:NoSchedule"\],"seal":"[\w-]+"\}$/,
        ),
      },
    },
    spec: {
      taints: [
        { key: "node.kubernetes.io/not-ready", effect: "NoExecute", timeAdded: "t" },
        { key: "a", value: "b", effect: "NoSchedule" },
        { key: "c", effect: "NoSchedule" },
      ],
    },
  });
});

test("a taint that is right stays as the API server has it", () => {
  const wanted = { labels: {}, taints: { "a:NoExecute": "b" } };
  const node: NodeObject = {
    metadata: { resourceVersion: "1" },
    spec: { taints: [{ key: "a", value: "b", effect: "NoExecute", timeAdded: "t" }] },
  };
  const after = applied(node, wanted, known());
  expect(after.spec).toEqual(node.spec);
  expect(patchFor(after, wanted, known(wanted))).toBeUndefined();
});

test("nothing of it is left when nothing is wanted", () => {
  const wanted = { labels: { a: "b" }, taints: { "c:NoSchedule": "" } };
  const after = applied(applied(fresh(), wanted, known()), NONE, known(wanted));
  expect(after).toEqual({ metadata: { resourceVersion: "1", labels: {}, annotations: {} }, spec: {} });
});

describe("what the node says to be ours", () => {
  const theirs = { disk: "ssd", "dedicated:NoSchedule": "pii" };
  const node = (annotation?: string): NodeObject => ({
    metadata: {
      resourceVersion: "1",
      labels: { disk: "ssd" },
      annotations: annotation ? { [OURS]: annotation } : {},
    },
    spec: { taints: [{ key: "dedicated", value: "pii", effect: "NoSchedule" }] },
  });
  const annotationBy = (by: Known) =>
    applied(fresh(), { labels: { disk: "" }, taints: { "dedicated:NoSchedule": "" } }, by).metadata
      .annotations![OURS];
  const left = (annotation?: string) => {
    const after = applied(node(annotation), NONE, known());
    return { ...after.metadata.labels, ...taintsOf(after) };
  };

  test("goes, even if no run has come to write it down", () =>
    expect(left(annotationBy(known()))).toEqual({}));

  test.each([
    ["nobody has said", undefined],
    [
      "the machine may have said",
      JSON.stringify({ labels: ["disk"], taints: ["dedicated:NoSchedule"], seal: "" }),
    ],
    ["was said of another node", annotationBy(known(NONE, "s", "sam"))],
    ["another stack has said", annotationBy(known(NONE, "other"))],
    ["makes no sense", "{]"],
    ["is something else", '{"labels":3}'],
  ])("stays where %s", (_, annotation) => expect(left(annotation)).toEqual(theirs));
});

test.each<[string, LabelsAndTaints, LabelsAndTaints, string[], string[]]>([
  ["the same", { labels: { a: "" }, taints: {} }, { labels: { a: "" }, taints: {} }, [], []],
  [
    "labels",
    { labels: { a: "1", b: "2" }, taints: {} },
    { labels: { b: "3", c: "" }, taints: {} },
    ["label a=1 is taken off", "label b=2 becomes b=3", "label c= is added"],
    [],
  ],
  [
    "taints",
    { labels: {}, taints: { "a:NoSchedule": "1", "b:NoExecute": "2", "d:NoExecute": "" } },
    { labels: {}, taints: { "b:NoExecute": "3", "c:NoExecute": "", "d:NoExecute": "" } },
    [
      "taint a=1:NoSchedule is taken off",
      "taint b=2:NoExecute becomes b=3:NoExecute",
      "taint c:NoExecute is added",
    ],
    ["b=3:NoExecute", "c:NoExecute"],
  ],
])("a difference in words: %s", (_, before, after, words, evicts) => {
  expect(differences(before, after)).toEqual(words);
  expect(evicting(before, after)).toEqual(evicts);
});

const value = fc.constantFrom("", "1", "2");
const some = (...names: string[]) => fc.dictionary(fc.constantFrom(...names), value);
const LABELS = ["a", "b", "c"];
const TAINTS = ["a:NoSchedule", "a:NoExecute", "b:PreferNoSchedule"];
const event = fc.oneof(
  fc.record({
    kind: fc.constant("wish" as const),
    wanted: fc.record({ labels: some(...LABELS), taints: some(...TAINTS) }),
  }),
  fc.record({ kind: fc.constantFrom("up" as const, "killed up" as const, "refresh" as const) }),
  // Somebody else gives the node a label or taint, or takes one off.
  fc.record({
    kind: fc.constant("other" as const),
    what: fc.constantFrom("labels" as const, "taints" as const),
    at: fc.nat(2),
    value: fc.option(value, { nil: undefined }),
  }),
);

test("whatever happens, an up ends with what is wanted, and with what others have put there", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let node = fresh();
      let wanted = NONE;
      /** Of the last run that came to its end, or of what a refresh has found since. */
      let state = NONE;
      /** What others have put there since it was last ours. */
      const foreign = { labels: new Map<string, string>(), taints: new Map<string, string>() };
      /** What a run has put there, and none has taken off. */
      const ours = { labels: new Set<string>(), taints: new Set<string>() };

      const up = () => {
        node = applied(node, wanted, known(state));
        for (const what of ["labels", "taints"] as const) {
          ours[what] = new Set(Object.keys(wanted[what]));
          for (const name of ours[what]) foreign[what].delete(name);
        }
      };
      const others = (what: "labels" | "taints", name: string, given: string | undefined) => {
        const { metadata, spec } = node;
        if (what === "labels") {
          const { [name]: _, ...rest } = metadata.labels ?? {};
          const labels = given === undefined ? rest : { ...rest, [name]: given };
          node = { ...node, metadata: { ...metadata, labels } };
        } else {
          const [key, effect] = name.split(":");
          const rest = (spec?.taints ?? []).filter((taint) => `${taint.key}:${taint.effect}` !== name);
          node = {
            ...node,
            spec: { taints: given === undefined ? rest : [{ key, value: given, effect }, ...rest] },
          };
        }
        if (ours[what].has(name)) return; // drift
        if (given === undefined) foreign[what].delete(name);
        else foreign[what].set(name, given);
      };

      for (const happened of events) {
        if (happened.kind === "wish") wanted = happened.wanted;
        else if (happened.kind === "killed up") up();
        else if (happened.kind === "refresh") state = foundOn(node, known(state));
        else if (happened.kind === "other")
          others(happened.what, (happened.what === "labels" ? LABELS : TAINTS)[happened.at], happened.value);
        else {
          up();
          state = wanted;
          expect(foundOn(node, known(state))).toEqual(wanted);
          expect(patchFor(node, wanted, known(state))).toBeUndefined();
          expect(node.metadata.labels ?? {}).toEqual({
            ...wanted.labels,
            ...Object.fromEntries(foreign.labels),
          });
          expect(taintsOf(node)).toEqual({ ...wanted.taints, ...Object.fromEntries(foreign.taints) });
        }
      }
    }),
    { numRuns: 500 },
  );
});
