import type { RequestFault } from "../../../../../lab/hetzner/faults";
import { byHand, held, noFaults, server, setFaults } from "../../support/hetzner";
import { addHost, removeHost, setHost } from "../../support/inventory";
import { casesOf, testInLong } from "../../support/in-long";
import { onMachines, outputOn } from "../../support/machines";
import {
  plannedChanges,
  previewFindsNothing,
  pulumi,
  refreshFindsNothing,
  tryPulumi,
  up,
} from "../../support/pulumi";
import { clusterIsWhole } from "../../support/whole";

/** Which server ee is, where, and which boot of it. */
async function identity(): Promise<Record<string, unknown>> {
  const { id, location, server_type, status } = (await server("ee"))!;
  const boot = await onMachines((run) => outputOn(run, "ee", "cat /proc/sys/kernel/random/boot_id"));
  return { id, location: location.name, type: server_type.name, status, boot: boot.trim() };
}

const label = async (labels: Record<string, string>) =>
  byHand("PUT", `/servers/${(await server("ee"))!.id}`, { labels });
const addresses = async () => (await held()).filter((object) => object.startsWith("primary_ip "));

/** A server that somebody has changed, or that Hetzner refuses to change or to order, costs nothing that is healthy. */
export function lostSigns(): void {
  let before: Record<string, unknown>;
  let labels: Record<string, string>;

  beforeAll(async () => {
    before = await identity();
    labels = (await server("ee"))!.labels;
  });
  afterEach(noFaults);

  const losses: [string, () => Record<string, string>][] = [
    ["all its labels", () => ({})],
    ["the label of its host", () => ({ "kluster-stack": labels["kluster-stack"] })],
    ["the label of the stack", () => ({ "kluster-host": "ee" })],
  ];
  test.each(casesOf(losses, "all its labels"))(
    "a server that has lost %s stays, and the way to put them back is said",
    async (_what, left) => {
      await label(left());
      expect(await plannedChanges()).toEqual({});
      expect(await up()).toMatch(/hcloud server add-label --overwrite kluster-hetzner-ee kluster-stack=/);
      expect(await identity()).toEqual(before);
    },
  );

  test("refresh and up put the labels back, and leave the server as it was", async () => {
    await label({});
    await pulumi("refresh", "--yes");
    await up();
    expect((await server("ee"))!.labels).toEqual(labels);
    expect(await identity()).toEqual(before);
    await clusterIsWhole();
  });

  test("a change that Hetzner refuses ends in its error, and leaves the server on", async () => {
    await setHost("ee", "server_types", ["ccx13"]);
    await setFaults({
      requests: [{ method: "POST", path: "change_type", times: 9, error: "resource_unavailable" }],
    });
    const refused = await tryPulumi(["up", "--yes", "--skip-preview"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/resource_unavailable/);
    const { id, server_type, status } = (await server("ee"))!;
    expect({ id, type: server_type.name, status }).toEqual({
      id: before.id,
      type: before.type,
      status: "running",
    });
    await noFaults();
    await setHost("ee", "server_types", [before.type as string]);
    await up();
    await previewFindsNothing();
  });

  testInLong("a server that was found off is switched on by the next up, without a refresh", async () => {
    await byHand("POST", `/servers/${(await server("ee"))!.id}/actions/poweroff`);
    expect((await plannedChanges()).update).toContainEqual(expect.stringMatching(/ServerPower::ee$/));
    await up();
    expect((await server("ee"))!.status).toBe("running");
    await clusterIsWhole();
    await previewFindsNothing();
    await refreshFindsNothing();
  });

  test("an order that the account's limit refuses keeps its cause, and becomes no dearer one", async () => {
    const order: RequestFault = {
      ...{ method: "POST", path: "/servers", body: '"server_type"', times: 9 },
      error: "resource_limit_exceeded",
    };
    const had = (await addresses()).length;
    await addHost("mo", { host: "10.64.0.14" });
    await setHost("mo", "server_types", ["cpx22", "ccx13"]);
    for (let run = 0; run < 3; run++) {
      await setFaults({ requests: [order] });
      const refused = await tryPulumi(["up", "--yes", "--skip-preview"]);
      expect(refused.stdout + refused.stderr).toMatch(/resource_limit_exceeded/);
      expect(refused.stdout + refused.stderr).not.toMatch(/ccx13/);
    }
    expect((await addresses()).length).toBeLessThanOrEqual(had + 4);
    await noFaults();
    await removeHost("mo");
    await up();
    expect(await addresses()).toHaveLength(had);
    await clusterIsWhole();
  });
}
