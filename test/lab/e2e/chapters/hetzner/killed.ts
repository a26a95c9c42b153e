import { held, holdings, server } from "../../support/hetzner";
import { readyNodes } from "../../support/kubernetes";
import { casesOf, testInLong } from "../../support/in-long";
import { killDuring } from "../../support/kill";
import { deployment, destroy, previewFindsNothing, up } from "../../support/pulumi";

const servers = async () => (await holdings()).filter(({ kind }) => kind === "server");
/** Whether the state has a resource of a type. */
const made = (type: string) => async () =>
  ((await deployment()).resources ?? []).some((resource) => resource.type === type);
/** Whether Hetzner has an object of a kind. */
const some = (kind: string) => async () => (await holdings()).some((object) => object.kind === kind);

export function killed(): void {
  beforeAll(destroy);

  const moments: [string, () => Promise<boolean>][] = [
    ["the first thing is there", some("ssh_key")],
    ["addresses are there", some("primary_ip")],
    ["a server is being ordered", async () => (await servers()).length >= 1],
    ["all servers are ordered", async () => (await servers()).length === 3],
    ["a machine was taken over by the installer", made("kluster-provider:nixos:Takeover")],
    ["NixOS was installed on a machine", made("kluster-provider:nixos:Installation")],
  ];
  test.each(casesOf(moments, "a server is being ordered", "a machine was taken over by the installer"))(
    "in the middle of up, when %s",
    (_what, moment) => killDuring("up", moment),
  );

  test("up, run again, finishes, and nothing is there twice", async () => {
    await up();
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]);
    expect(await servers()).toHaveLength(3);
    expect((await held()).filter((object) => object.startsWith("primary_ip "))).toHaveLength(6);
    await previewFindsNothing();
  });

  test("in the middle of destroy: run again, it finishes, with nothing left", async () => {
    await killDuring(
      "destroy",
      async () => (await server("ee")) === undefined || (await servers()).length < 3,
    );
    await destroy();
    expect(await held()).toEqual([]);
  });

  testInLong("an up that was killed and is destroyed, not finished, leaves nothing either", async () => {
    await killDuring("up", async () => (await servers()).length >= 1);
    await destroy();
    expect(await held()).toEqual([]);
  });
}
