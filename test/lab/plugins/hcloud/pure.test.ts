import { Running, withEach } from "./plugins";
import { nameOf, recordings } from "./recordings";
import { TOKEN } from "../../hetzner/project";

/** Calls for which nothing is asked of Hetzner: every different one of the recordings. */
const calls = recordings("pure");

test("the recordings are there as a whole", () => expect(calls.length).toBe(181));

withEach("checks, differences and previews of changes", (plugin) => {
  let running: Running;
  beforeAll(async () => {
    running = await plugin.start();
    await running.wire.configure({ token: TOKEN, endpoint: "http://127.0.0.1:9/v1" });
  });
  afterAll(() => running.close());

  test.each(calls.map((call, place) => [place, nameOf(call)]))("%d: %s", async (place) => {
    const { method, request, response } = calls[place];
    const answer = await running.wire.call(method, request);
    expect(answer).toEqual({ response: response });
  });
});
