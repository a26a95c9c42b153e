import { parseArgs } from "node:util";
import { Api } from "./api";
import { httpServer } from "./http";
import { noHardware } from "./server-hardware";
import { Store } from "./store";

const USAGE = "usage: hetzner.js --state DIR --port N [--host ADDRESS] [--token T] [--pace FACTOR] --bare";

function main(): void {
  const { values } = parseArgs({
    options: {
      state: { type: "string" },
      port: { type: "string" },
      host: { type: "string", default: "127.0.0.1" },
      token: { type: "string" },
      pace: { type: "string", default: "1" },
      bare: { type: "boolean", default: false },
    },
  });
  if (!values.state || !values.port) throw new Error(USAGE);
  const store = new Store(values.state);
  const running = store.read().servers.filter(({ status }) => status === "running");
  const api = new Api({
    store,
    hardware: noHardware(running.map(({ id }) => id)),
    token: values.token,
    pace: Number(values.pace),
  });
  httpServer(api).listen(Number(values.port), values.host, () =>
    process.stdout.write(`http://${values.host}:${values.port}/v1\n`),
  );
}

main();
