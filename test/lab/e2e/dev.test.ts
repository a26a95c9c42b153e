import "./support/on-dev";
import { endLab, freshLab, leftovers } from "./support/lab";
import { inLong } from "./support/in-long";
import { createStack } from "./support/pulumi";
import { begun } from "./chapters/begun";
import { destroyed } from "./chapters/destroyed";
import { drift } from "./chapters/drift";
import { fromNothing } from "./chapters/from-nothing";
import { hostilePod } from "./chapters/hostile-pod";
import { interrupted } from "./chapters/interrupted";
import { labels } from "./chapters/labels";
import { lockedOut } from "./chapters/locked-out";
import { outside } from "./chapters/outside";
import { partsOff } from "./chapters/parts-off";
import { preview } from "./chapters/preview";
import { rebooted } from "./chapters/rebooted";
import { recovered } from "./chapters/recovered";
import { renamed } from "./chapters/renamed";
import { renewal } from "./chapters/renewal";
import { rolledBack } from "./chapters/rolled-back";
import { rotation, rotationOneByOne } from "./chapters/rotation";
import { rolling } from "./chapters/rolling";
import { secretFiles } from "./chapters/secret-files";
import { secrets } from "./chapters/secrets";
import { secureByDefault } from "./chapters/secure-by-default";
import { takenBack } from "./chapters/taken-back";
import { unchanged } from "./chapters/unchanged";
import { workloads } from "./chapters/workloads";

// One cluster, made once by the real CLI from the real program; each chapter goes on where the one before ended.
beforeAll(async () => {
  await freshLab();
  await createStack();
});
afterAll(endLab);

describe("pulumi up, from nothing", fromNothing);
describe("what runs on the cluster", workloads);
describe("a pod with bad intentions", hostilePod);
describe("what comes from outside", outside);
describe("what is secure by default", secureByDefault);
describe("a second look, with nothing changed", unchanged);
describe("what a preview says", preview);
describe("a machine that goes back to an earlier system", rolledBack);
describe("a stack that gets another name", renamed);
describe("secrets of the user's own", secretFiles);
describe("after the machines were rebooted", rebooted);
describe("secrets", () => secrets(/VBoxManage/));
describe("certificates near their end", renewal);
describe("other keys for the cluster", rotation);
inLong("other keys, one by one", rotationOneByOne);
inLong("what has drifted", drift);
inLong("a change that has begun and is not proved", begun);
describe("a system that locks the operator out", lockedOut);
describe("a change that was killed and is taken back", takenBack);
describe("a change that rolls through the machines", rolling);
inLong("parts of Kubernetes that the user turns off", partsOff);
describe("what was lost and is brought back", recovered);
describe("labels and taints of nodes", labels);
describe("pulumi destroy", destroyed);
inLong("a pulumi that was killed", interrupted);

test("lab/lab down leaves no process, mount, loop device or namespace", async () => {
  await endLab();
  expect(await leftovers()).toBe("");
});
