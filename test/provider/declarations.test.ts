import { declare } from "../../provider/declarations/declare";
import { implement } from "../../provider/resource";
import { resourceClass } from "../../provider/resource-class";
import { resources } from "../../provider/resources";
import { retired } from "../../provider/resources/retired";
import { isSecret, Registered, registered } from "../support/mocks";
import { exampleSettings, hetznerSettings } from "../support/settings";

const provided = resources(() => Promise.reject(new Error("nothing is run")), { project: "/p", cache: "/c" });
const declared = provided.filter(({ type }) => !retired.some((one) => one.type === type));

describe("what the program asks for and what the provider offers", () => {
  let asked: Registered[];
  beforeAll(async () => {
    const cluster = (settings: object, config = {}) =>
      registered(
        () => {
          const { Cluster } = require("../../components/cluster");
          new Cluster("/cluster", settings);
        },
        false,
        config,
      );
    const { hosts } = exampleSettings();
    const found = [
      ...(await cluster(
        exampleSettings({ hosts: hosts.map((host) => ({ ...host, labels: { disk: "ssd" } })) }),
      )),
      ...(await cluster(hetznerSettings(), { "hcloud:token": "t".repeat(64) })),
    ];
    asked = found.filter(({ type }) => type.startsWith("kluster-provider:"));
  });

  test("are the same kinds, each of one token", () => {
    const types = declared.map(({ type }) => type).sort();
    expect([...new Set(types)]).toEqual(types);
    expect([...new Set(asked.map(({ type }) => type))].sort()).toEqual(types);
  });

  test.each(declared.map((resource) => [resource.type, resource] as const))(
    "%s keeps the same secrets on both sides",
    (type, { secrets }) => {
      const all = asked.filter((one) => one.type === type);
      expect(all.length).toBeGreaterThan(0);
      for (const { secretOutputs, inputs } of all) {
        expect([...secretOutputs].sort()).toEqual([...secrets].sort());
        for (const name of secrets.filter((name) => name in inputs))
          expect([name, isSecret(inputs[name])]).toEqual([name, true]);
      }
    },
  );
});

describe("a declaration", () => {
  interface Wheel {
    spokes: number;
    paint?: string;
  }
  const WHEEL = declare<Wheel & { patches?: number }, { serial: string; code: string }, Wheel>({
    type: "test:index:Wheel",
    outputs: { serial: "plain", code: "secret" },
    secretInputs: ["paint"],
  });
  const create = async () => ({ id: "1", outputs: { serial: "1", code: "2" } });

  test("says which properties are outputs, and which are secrets", () => {
    expect(WHEEL).toMatchObject({ outputs: ["serial", "code"], secrets: ["code", "paint"] });
    expect(implement(WHEEL, { create })).toMatchObject({ type: "test:index:Wheel", secrets: WHEEL.secrets });
  });

  // These are checked by `tsc`: a line without the error that is expected of it is one.
  test("makes another name on one side a type error", () => {
    const Class = resourceClass(WHEEL);
    const wrong = [
      // @ts-expect-error -- an input that is not declared
      () => new Class("w", { spokes: 1, color: "red" }),
      // @ts-expect-error -- one that is, and is left out
      () => new Class("w", {}),
      // @ts-expect-error -- one that only the provider fills in
      () => new Class("w", { spokes: 1, patches: 1 }),
      // @ts-expect-error -- an output that is not declared
      (wheel: InstanceType<typeof Class>) => wheel.number,
      // @ts-expect-error -- another type of output
      (wheel: InstanceType<typeof Class>) => wheel.serial.apply((serial) => serial.toFixed()),
      // @ts-expect-error -- an output that the provider does not reveal
      () => implement(WHEEL, { create: async () => ({ id: "1", outputs: { serial: "1" } }) }),
      // @ts-expect-error -- an input that the provider reads, and nobody gives
      () => implement(WHEEL, { create, differs: (_, { color }) => [color] }),
      // @ts-expect-error -- an output of which it is not said whether it is a secret
      () => declare<Wheel, { serial: string }>({ type: "", outputs: {}, secretInputs: [] }),
      // @ts-expect-error -- a secret that is no input
      () => declare<Wheel>({ type: "", outputs: {}, secretInputs: ["color"] }),
    ];
    expect(wrong).toHaveLength(9);
  });
});
