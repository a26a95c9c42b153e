import { byHand, server } from "../../support/hetzner";
import { comeBack } from "../rebooted";

export function rebooted(): void {
  comeBack(async () => {
    for (const host of ["il", "ee", "sam"]) {
      await byHand("POST", `/servers/${(await server(host))!.id}/actions/reset`);
    }
  });
}
