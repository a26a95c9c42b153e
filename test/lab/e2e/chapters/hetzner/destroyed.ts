import { checkoutFiles } from "../../../../support/checkout";
import { held } from "../../support/hetzner";
import { configure, deployment, pulumi, tryPulumi, up } from "../../support/pulumi";

export function destroyed(): void {
  test("a protected master stops a destroy before anything is touched", async () => {
    const before = await held();
    const finished = await tryPulumi(["destroy", "--yes"]);
    expect(finished.code).not.toBe(0);
    expect(finished.stdout + finished.stderr).toMatch(/server:Server::il(?:.|\n)*protect/);
    expect(await held()).toEqual(before);
  });

  test("leaves nothing that costs money, and says so", async () => {
    const before = checkoutFiles();
    await configure("kluster:protect", "false");
    await up();
    const said = await pulumi("destroy", "--yes");
    expect(said).toMatch(
      /nothing labelled kluster-stack=\w+ is left at Hetzner, so nothing of hetzner costs money/,
    );
    expect(await held()).toEqual([]);
    expect(
      (await deployment()).resources?.filter(({ type }) => type !== "pulumi:pulumi:Stack") ?? [],
    ).toEqual([]);
    expect(checkoutFiles()).toBe(before);
  });
}
