import { hosts } from "../../../provider/resources/hosts";

const nothing = {} as never;
const change = async (before: Record<string, string>, names: string[]) => {
  const inputs = { names };
  return (await hosts.update!("hosts", { outputs: { stays: before }, before: inputs, inputs }, nothing))
    .stays;
};

test("a host keeps its stay as long as it is in the inventory, whoever comes and goes", async () => {
  const { stays } = (await hosts.create({ names: ["il", "ee"] }, nothing)).outputs;
  expect(Object.keys(stays)).toEqual(["ee", "il"]);
  expect(stays.il).not.toBe(stays.ee);
  const more = await change(stays, ["mo", "il", "ee"]);
  expect(more).toEqual({ ...stays, mo: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(await change(more, ["il", "ee"])).toEqual(stays);
});

test("one that comes back has another", async () => {
  const { stays } = (await hosts.create({ names: ["il", "ee"] }, nothing)).outputs;
  const back = await change(await change(stays, ["il"]), ["il", "ee"]);
  expect(back.il).toBe(stays.il);
  expect(back.ee).not.toBe(stays.ee);
});
