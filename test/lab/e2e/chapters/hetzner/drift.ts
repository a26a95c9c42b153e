import { byHand, held, server } from "../../support/hetzner";
import { setHost } from "../../support/inventory";
import { machines, plannedChanges, previewFindsNothing, pulumi, up } from "../../support/pulumi";
import { eventually } from "../../support/wait";
import { clusterIsWhole } from "../../support/whole";

const refresh = () => pulumi("refresh", "--yes");

export function drift(): void {
  test("a server that was deleted by hand is found by refresh and made again by up, at its old address", async () => {
    const { id } = (await server("sam"))!;
    const { address, hostKey } = (await machines()).sam;
    await byHand("DELETE", `/servers/${id}`);
    await eventually("the server to be gone", 30, async () => expect(await server("sam")).toBeUndefined());
    await refresh();
    await up();
    expect((await server("sam"))!.id).not.toBe(id);
    expect((await machines()).sam).toMatchObject({ address, hostKey });
    await clusterIsWhole();
  });

  test("a server that was switched off by hand is found by refresh and switched on by up", async () => {
    const { id } = (await server("ee"))!;
    await byHand("POST", `/servers/${id}/actions/poweroff`);
    await eventually("the server to be off", 30, async () =>
      expect((await server("ee"))!.status).toBe("off"),
    );
    await refresh();
    await up();
    expect((await server("ee"))!).toMatchObject({ id, status: "running" });
    await clusterIsWhole();
  });

  test("a firewall that was opened by hand is found by refresh and closed by up", async () => {
    const { firewalls } = (await byHand("GET", "/firewalls")) as { firewalls: { id: number }[] };
    const open = { direction: "in", protocol: "tcp", port: "1-65535", source_ips: ["0.0.0.0/0", "::/0"] };
    await byHand("POST", `/firewalls/${firewalls[0].id}/actions/set_rules`, { rules: [open] });
    await previewFindsNothing(); // a preview looks at nothing but the state
    await refresh();
    expect(Object.keys(await plannedChanges())).toEqual(["update"]);
    await up();
    const { firewall } = (await byHand("GET", `/firewalls/${firewalls[0].id}`)) as {
      firewall: { rules: { source_ips: string[] }[] };
    };
    expect(firewall.rules.flatMap(({ source_ips }) => source_ips)).not.toContain("0.0.0.0/0");
    await clusterIsWhole();
  });

  test("a server whose location is not wanted any more is ordered in another, with other addresses", async () => {
    const { id } = (await server("sam"))!;
    const { address, hostKey } = (await machines()).sam;
    await setHost("sam", "locations", ["nbg1"]);
    const planned = await plannedChanges();
    expect(Object.values(planned).flat().join(" ")).toMatch(/server:Server::sam/);
    await up();
    expect((await server("sam"))!).toMatchObject({ location: { name: "nbg1" } });
    expect((await server("sam"))!.id).not.toBe(id);
    expect((await machines()).sam.address).not.toBe(address);
    expect((await machines()).sam.hostKey).toBe(hostKey);
    await clusterIsWhole();
    expect((await held()).filter((object) => object.includes("sam"))).toHaveLength(3);
  });

  test("labels and protection that were taken by hand come back", async () => {
    const { id } = (await server("il"))!;
    await byHand("PUT", `/servers/${id}`, { labels: {} });
    await byHand("POST", `/servers/${id}/actions/change_protection`, { delete: false, rebuild: false });
    await refresh();
    await up();
    expect((await server("il"))!).toMatchObject({
      protection: { delete: true },
      labels: { "kluster-host": "il" },
    });
    await clusterIsWhole();
  });
}
