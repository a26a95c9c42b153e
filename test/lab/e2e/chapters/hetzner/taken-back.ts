import { held, server } from "../../support/hetzner";
import { addHost, removeHost, setHost } from "../../support/inventory";
import { killDuring } from "../../support/kill";
import { inState, up } from "../../support/pulumi";
import { clusterIsWhole } from "../../support/whole";

/** As taken-back.ts beside this folder, at Hetzner. */
export function takenBack(): void {
  test("a server whose type was being changed gets the type that it had, and runs", async () => {
    const { id, server_type } = (await server("ee"))!;
    await setHost("ee", "server_types", ["ccx13"]);
    await killDuring("up", async () => (await server("ee"))!.server_type.name === "ccx13");
    await setHost("ee", "server_types", [server_type.name]);
    await up();
    expect((await server("ee"))!).toMatchObject({ id, server_type, status: "running" });
    await clusterIsWhole();
  });

  test.each<[string, () => Promise<boolean>]>([
    ["ordered", async () => (await server("mo")) !== undefined],
    ["taken over by the installer", () => inState("hcloud:index/serverNetwork:ServerNetwork::mo")],
    ["installed", () => inState("kluster-provider:nixos:Takeover::mo")],
  ])(
    "a server that was being %s and is not wanted any more is gone, and costs nothing",
    async (_act, moment) => {
      await addHost("mo", { host: "10.64.0.14" });
      await killDuring("up", moment);
      await removeHost("mo");
      await up();
      expect((await held()).filter((object) => object.includes("-mo"))).toEqual([]);
      await clusterIsWhole();
    },
  );
}
