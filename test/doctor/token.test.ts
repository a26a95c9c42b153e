import { tokenCheck } from "../../doctor/hetzner/token";
import { type Box } from "../../doctor/box/subject";
import { load } from "../settings/project";
import { atHetzner, SERVERS } from "../settings/project";
import { type Answer, type ApiServer, error, listed, startApi } from "../provider/hetzner/api-server";

let api: ApiServer;
beforeEach(async () => (api = await startApi()));
afterEach(() => api.stop());

const TOKEN = "t".repeat(64);
const look = (token = () => TOKEN) =>
  tokenCheck.look({
    settings: load({ toml: SERVERS, config: atHetzner() }),
    endpoint: api.endpoint,
    token,
  } as unknown as Box);

/** @param write the answer to what is no reading */
const answers = (write: Answer) => {
  api.answer = ({ method }) => (method === "GET" ? listed("locations", []) : write);
};

describe("the token for Hetzner Cloud", () => {
  test("that may write is well, and nothing was made with it", async () => {
    answers(error(422, "invalid_input", "invalid input in fields 'name', 'public_key'"));
    expect(await look()).toEqual({
      state: "well",
      finding: "Hetzner takes the token, which may read and write",
    });
    expect(api.asked.map(({ method, path, body }) => [method, path.split("?")[0], body])).toEqual([
      ["GET", "/locations", undefined],
      ["POST", "/ssh_keys", {}],
    ]);
  });

  test("that may only read is a problem", async () => {
    answers(error(403, "token_readonly", "token is only allowed to perform GET requests"));
    expect(await look()).toMatchObject({
      state: "problem",
      remedy: expect.stringContaining("The token may only read."),
    });
  });

  test("that is wrong is a problem, and is not repeated", async () => {
    api.answer = () => error(401, "unauthorized", "unable to authenticate");
    const found = await look();
    expect(found).toMatchObject({ state: "problem", remedy: expect.stringContaining("was revoked") });
    expect(JSON.stringify(found)).not.toContain(TOKEN);
  });

  test("that is missing is a problem", async () => {
    const none = () => {
      throw new Error("hcloud:token is missing. Make one.");
    };
    expect(await look(none)).toEqual({
      state: "problem",
      finding: "hcloud:token is missing.",
      remedy: "Make one.",
    });
  });
});
