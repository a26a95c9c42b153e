import { checkoutFiles } from "../../../support/checkout";
import { execLog } from "../support/secrets";
import { inLab, failure, stack } from "../support/lab";
import { readyNodes } from "../support/kubernetes";
import { expectDisksOnly, vms } from "../support/machines";
import { machines } from "../support/pulumi";

let statusBefore: string;

export function fromNothing(): void {
  test("ends with three nodes that are Ready, without being run twice", async () => {
    statusBefore = checkoutFiles();
    expect(await vms()).toEqual([]);
    const command = ["pulumi", "up", "--yes", "--stack", stack];
    const finished = await inLab([...execLog, ...command]);
    if (finished.code !== 0) throw failure(command, finished);
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]);
  });

  test("the outputs say where the machines are, what they are for and what they run", async () => {
    const common = {
      hostKey: expect.stringMatching(/^ssh-ed25519 [A-Za-z0-9+/]+=*/),
      system: expect.stringMatching(/^\/nix\/store\/[a-z0-9]{32}-nixos-system-/),
    };
    expect(await machines()).toEqual({
      il: { address: "192.168.56.11", roles: ["master", "node"], ...common },
      ee: { address: "192.168.56.12", roles: ["node"], ...common },
      sam: { address: "192.168.56.13", roles: ["node"], ...common },
    });
  });

  test("each machine boots from its disk and has neither DVD nor seed disk any more", async () => {
    await expectDisksOnly();
  });

  test("no tracked file was written to", async () => {
    expect(checkoutFiles()).toBe(statusBefore);
  });
}
