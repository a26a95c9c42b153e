import { join } from "node:path";
import { SettingsError } from "../../settings";
import { load } from "./project";

const snapshots = (value?: unknown) =>
  load(value === undefined ? {} : { config: { snapshots: JSON.stringify(value) } }).snapshots;
const refusals = (value: unknown): string => {
  try {
    snapshots(value);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error("the settings were accepted");
};

test("without a word they lie in the project, where git does not look", () => {
  const { folder, ...others } = snapshots();
  expect(folder).toMatch(/^\/.*\/\.kluster\/snapshots\/dev$/);
  expect(others).toEqual({ keep: 20, days: 90, beforeReplacement: "required" });
});

test("a folder is given from the project's on, or absolutely", () => {
  const project = join(snapshots().folder, "../../..");
  expect(snapshots({ folder: "/mnt/safe" }).folder).toBe("/mnt/safe");
  expect(snapshots({ folder: "../safe", keep: "3" })).toMatchObject({
    folder: join(project, "../safe"),
    keep: 3,
  });
});

test.each([
  ["keeping none", { keep: 0 }, /kluster:snapshots\.keep.*too little: the newest always stays/s],
  ["half a day", { days: 0.5 }, /kluster:snapshots\.days.*not a whole number/s],
  ["an empty folder", { folder: "" }, /kluster:snapshots\.folder.*empty/s],
  ["another word", { beforeReplacement: "try" }, /kluster:snapshots\.beforeReplacement.*required or tried/s],
  ["an unknown key", { age: 3 }, /kluster:snapshots\.age.*folder, keep, days, beforeReplacement, s3/s],
  ["no table", "/mnt/safe", /kluster:snapshots.*not a table/s],
])("%s is refused", (_, value, expected) => expect(refusals(value)).toMatch(expected));
