import { InstallMedia, MachineSpec } from "../../../provider/virtualbox/spec";

/** A machine as the tests make it. */
export const SPEC: MachineSpec = {
  uuid: "34608cb9-8bdf-403a-b384-0f8605ec39a2",
  name: "kluster-dev-il",
  stackId: "b0e4c1d2",
  memory: 2048,
  cpus: 1,
  disk: 8192,
  macs: { egress: "08:00:27:00:00:01", cluster: "08:00:27:00:00:ab" },
  network: { kind: "hostonly", interface: "vboxnet0" },
  description: "kluster stack=dev host=il",
};

export const SECRET = "MARKER-OF-A-HOST-KEY";

export const seed: InstallMedia["seed"] = Buffer.alloc(1024 * 1024, SECRET);
