import type { RequestFault } from "../../../lab/hetzner/faults";
import { missing, real, Stack } from "./stack";

const wanted = { serverTypes: ["cpx22", "ccx13"], locations: ["fsn1", "nbg1", "hel1"] };

/** The real CLI and plugin and our provider, on a stand-in without machines. */
async function withStack(work: (stack: Stack<typeof wanted>) => Promise<void>): Promise<void> {
  const stack = new Stack<typeof wanted>("program-host");
  await stack.open(wanted);
  try {
    await work(stack);
  } finally {
    await stack.close();
  }
}

/** The one server there is. */
function serverOf({ project }: Stack<typeof wanted>) {
  const [server, ...more] = project.api.cloud.state.servers;
  expect(more).toEqual([]);
  return server;
}

/** An up that fails; gives back what it said. */
async function refused(stack: Stack<typeof wanted>, what = wanted): Promise<string> {
  const { code, stdout, stderr } = await stack.pulumi(what, "up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  return stdout + stderr;
}

real(
  `a server that has lost its labels is neither replaced nor switched off${missing}`,
  () =>
    withStack(async (stack) => {
      const up = () => stack.must(wanted, "up", "--yes", "--skip-preview");
      await up();
      const { id, labels } = structuredClone(serverOf(stack));
      for (const left of [{}, { "kluster-host": "ee" }, { "kluster-stack": labels["kluster-stack"] }]) {
        await stack.project.run("PUT", `/servers/${id}`, { labels: left });
        await stack.must(wanted, "preview", "--expect-no-changes");
        stack.project.api.log.clear();
        expect(await up()).toMatch(/hcloud server add-label --overwrite kluster-test-ee kluster-stack=/);
        expect(stack.project.api.log.summary().requests.filter(({ method }) => method !== "GET")).toEqual([]);
      }
      await stack.project.run("PUT", `/servers/${id}`, { labels: {} });
      stack.project.api.log.clear();
      await stack.must(wanted, "refresh", "--yes", "--skip-preview");
      expect(await up()).not.toMatch(/REPLACED|is gone|was chosen/);
      const written = stack.project.api.log.summary().requests.filter(({ method }) => method !== "GET");
      expect(written.map(({ method, path }) => `${method} ${path}`)).toEqual([`PUT /servers/${id}`]);
      expect(serverOf(stack)).toMatchObject({ id, labels });
      await stack.must(wanted, "preview", "--expect-no-changes");
      await stack.must(wanted, "refresh", "--yes", "--skip-preview", "--expect-no-changes");
    }),
  900_000,
);

real(
  `a change of type that is refused leaves the server on, with its own error${missing}`,
  () =>
    withStack(async (stack) => {
      await stack.must(wanted, "up", "--yes", "--skip-preview");
      const { id } = serverOf(stack);
      stack.project.api.faults.write({
        requests: [{ method: "POST", path: "change_type", times: 9, error: "resource_unavailable" }],
      });
      const said = await refused(stack, { ...wanted, serverTypes: ["ccx13"] });
      expect(said).toContain("(resource_unavailable");
      expect(said).toMatch(/ee: its server could not be changed, was off for that, and is on again/);
      expect(await stack.project.server(id)).toMatchObject({
        status: "running",
        server_type: { name: "cpx22" },
      });
    }),
  900_000,
);

real(
  `an order that is refused keeps its cause, becomes no dearer one, and leads on only with stock${missing}`,
  () =>
    withStack(async (stack) => {
      const order = (error: string, more: object = {}): RequestFault => ({
        ...{ method: "POST", path: "/servers", body: '"server_type"', times: 9, error },
        ...more,
      });
      const { api } = stack.project;
      api.faults.write({ requests: [order("resource_limit_exceeded")] });
      for (let run = 0; run < 4; run++) {
        const said = await refused(stack);
        expect(said).toContain("(resource_limit_exceeded");
        expect(said).not.toContain("ccx13 in");
      }
      expect(api.cloud.state.primaryIps.length).toBeLessThanOrEqual(2);
      api.faults.write({});
      api.cloud.state.stock = { cpx22: { fsn1: false, nbg1: false, hel1: false } };
      expect(await stack.must(wanted, "up", "--yes", "--skip-preview")).toMatch(
        /ccx13 in fsn1, the next of the preferences, is tried: .*\n?/,
      );
      expect(serverOf(stack)).toBeDefined();
      await stack.must(wanted, "preview", "--expect-no-changes");
    }),
  900_000,
);
