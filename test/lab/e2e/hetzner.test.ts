import "./support/on-hetzner";
import { access } from "./chapters/hetzner/access";
import { comingAndGoing } from "./chapters/hetzner/coming-and-going";
import { destroyed } from "./chapters/hetzner/destroyed";
import { drift } from "./chapters/hetzner/drift";
import { faults } from "./chapters/hetzner/faults";
import { fromNothing } from "./chapters/hetzner/from-nothing";
import { killed } from "./chapters/hetzner/killed";
import { lostSigns } from "./chapters/hetzner/lost-signs";
import { mesh } from "./chapters/hetzner/mesh";
import { rebooted } from "./chapters/hetzner/rebooted";
import { takenBack } from "./chapters/hetzner/taken-back";
import { hostilePod } from "./chapters/hostile-pod";
import { rotation } from "./chapters/rotation";
import { renamed } from "./chapters/renamed";
import { secrets } from "./chapters/secrets";
import { secureByDefault } from "./chapters/secure-by-default";
import { unchanged } from "./chapters/unchanged";
import { workloads } from "./chapters/workloads";
import { endLab, freshLab, leftovers } from "./support/lab";
import { inLong } from "./support/in-long";
import { createStack, setToken } from "./support/pulumi";
import { execLog } from "./support/secrets";

// As dev.test.ts, at Hetzner: the real program and plugin, a stand-in for the API and lab machines behind it.
beforeAll(async () => {
  await freshLab(execLog); // the servers are the stand-in's children
  await createStack();
  await setToken();
});
afterAll(endLab);

describe("pulumi up, from nothing", fromNothing);
describe("what runs on the cluster", workloads);
inLong("a pod with bad intentions", hostilePod);
describe("the mesh between the machines", mesh);
describe("who may come in", access);
inLong("what is secure by default", secureByDefault);
describe("a second look, with nothing changed", unchanged);
inLong("a stack that gets another name", renamed);
inLong("after the machines were rebooted", rebooted);
inLong("secrets", () => secrets(/hetzner\.js/));
inLong("other keys for the cluster", rotation);
describe("machines that come and go", comingAndGoing);
describe("what has lost its labels, or cannot be changed or ordered", lostSigns);
inLong("what has drifted", drift);
inLong("a change that was killed and is taken back", takenBack);
describe("pulumi destroy", destroyed);
describe("faults of the API", faults);
describe("a pulumi that was killed", killed);

test("lab/lab down leaves no process, mount, loop device or namespace", async () => {
  await endLab();
  expect(await leftovers()).toBe("");
});
