import { Cloud } from "./cloud";
import { applyFirewall, removeFirewall } from "./firewalls/work";
import { attachServer, detachServer } from "./servers/network-work";
import {
  changeType,
  createServer,
  deleteServer,
  powerOffServer,
  powerOnServer,
  rebootServer,
  rebuildServer,
  resetServer,
  shutDownServer,
} from "./servers/work";

/** What an action does, as data: an unfinished one is taken up again by the next process. */
export type Work =
  | { do: "createServer" | "deleteServer" | "powerOn" | "powerOff"; server: number }
  | { do: "shutDown" | "reboot" | "reset" | "rebuild"; server: number }
  | { do: "changeType"; server: number; type: string; upgradeDisk: boolean }
  | { do: "attach"; server: number; network: number; ip: string; aliasIps: string[] }
  | { do: "detach"; server: number; network: number }
  | { do: "applyFirewall" | "removeFirewall"; firewall: number; server: number }
  | { do: "nothing" };

/** Does an action's work. @throws ApiError or Error: the action fails with it. */
export async function perform(cloud: Cloud, work: Work): Promise<void> {
  switch (work.do) {
    case "createServer":
      return createServer(cloud, work.server);
    case "deleteServer":
      return deleteServer(cloud, work.server);
    case "powerOn":
      return powerOnServer(cloud, work.server);
    case "powerOff":
      return powerOffServer(cloud, work.server);
    case "shutDown":
      return shutDownServer(cloud, work.server);
    case "reboot":
      return rebootServer(cloud, work.server);
    case "reset":
      return resetServer(cloud, work.server);
    case "rebuild":
      return rebuildServer(cloud, work.server);
    case "changeType":
      return changeType(cloud, work.server, work.type, work.upgradeDisk);
    case "attach":
      return attachServer(cloud, work);
    case "detach":
      return detachServer(cloud, work.server, work.network);
    case "applyFirewall":
      return applyFirewall(cloud, work.firewall, work.server);
    case "removeFirewall":
      return removeFirewall(cloud, work.firewall, work.server);
    case "nothing":
      return;
  }
}
