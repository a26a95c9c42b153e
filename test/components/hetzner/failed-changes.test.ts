import * as pulumi from "@pulumi/pulumi";
import { switchOnAgain } from "../../../components/hetzner/failed-changes";
import { ApiServer, error, startApi } from "../../provider/hetzner/api-server";

let api: ApiServer;
let status: string;
let said: string[];

beforeEach(async () => {
  status = "off";
  said = [];
  for (const severity of ["info", "warn"] as const) {
    jest.spyOn(pulumi.log, severity).mockImplementation(async (...[message]) => void said.push(message));
  }
  api = await startApi(({ method, path }) => {
    if (method === "GET" && path === "/servers/4711") return { body: { server: { id: 4711, status } } };
    if (path !== "/servers/4711/actions/poweron") return undefined;
    status = "running";
    return {
      status: 201,
      body: { action: { id: 1, command: "start_server", status: "success", error: null } },
    };
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await api.stop();
});

const failed = (failedOperation: string) =>
  switchOnAgain({ token: pulumi.secret("x".repeat(64)), endpoint: api.endpoint })({
    ...{ urn: "urn", id: "4711", name: "ee", type: "hcloud:index/server:Server" },
    ...{ failedOperation, errors: ["(resource_unavailable)"] },
  });

test("a server that a failed change has switched off is on again, and the change is not tried twice", async () => {
  expect(await failed("update")).toBe(false);
  expect(status).toBe("running");
  expect(said).toEqual(["ee: its server could not be changed, was off for that, and is on again"]);
});

test("one that runs is left alone", async () => {
  status = "running";
  expect(await failed("update")).toBe(false);
  expect(api.asked.map(({ method }) => method)).toEqual(["GET"]);
  expect(said).toEqual([]);
});

test.each(["create", "delete"])("a failed %s is none of its business", async (operation) => {
  expect(await failed(operation)).toBe(false);
  expect(api.asked).toEqual([]);
});

test("what it cannot do it says, and leaves the change's own error as it is", async () => {
  api.answer = () => error(401, "unauthorized", "the token is wrong");
  expect(await failed("update")).toBe(false);
  expect(said).toEqual([expect.stringMatching(/^ee: .* may still be off\. .*unauthorized/)]);
});
