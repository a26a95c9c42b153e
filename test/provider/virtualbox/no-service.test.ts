import { bootInstaller } from "../../../provider/virtualbox/installer-boot";
import { OnLab } from "./on-lab";

jest.setTimeout(60_000);

let on: OnLab;
beforeEach(async () => {
  on = new OnLab();
  await on.user("hostonlyif", "create");
  await on.machines.ensureCreated(on.spec, on.install);
  on.calls.length = 0;
});
afterEach(() => on.desk.clear());

/** On a loaded box VirtualBox's service, which each call starts if it has ended, may not be there in time. */
const noService = (verb: string) =>
  on.desk.setFaults({ calls: [{ verb, times: 1, error: "no-service" as const }] });

test.each([
  ["showvminfo", () => on.machines.observe(on.spec.uuid)],
  ["startvm", () => on.machines.start(on.spec.uuid)],
  ["list", () => on.machines.destroy(on.spec)],
  ["unregistervm", () => on.machines.destroy(on.spec)],
])("%s without VirtualBox's service is tried again", async (verb, act) => {
  noService(verb);
  await act();
  expect(on.waits.join()).toContain("Failed to create the VirtualBox object");
});

test("a piece of the typed line that was lost for it is typed again with the next line", async () => {
  await on.machines.start(on.spec.uuid);
  noService("controlvm");
  let looks = 0;
  await bootInstaller(on.vbox, on.spec.uuid, { answers: async () => ++looks > 8 });
  expect(on.desk.machineCalls().filter(([act]) => act === "type").length).toBeGreaterThan(1);
});
