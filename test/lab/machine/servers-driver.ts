/** Calls one function of the lab's servers: `servers-driver.js STATE-FOLDER FUNCTION ARGUMENT-AS-JSON…`; prints its result. */
import { labServers } from "../../../lab/hetzner/lab-servers";

const [state, name, ...args] = process.argv.slice(2);
labServers(state)
  .then((servers) =>
    (servers as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name](
      ...args.map((text) => JSON.parse(text)),
    ),
  )
  .then(
    (result) => console.log(JSON.stringify(result ?? null)),
    (error) => {
      console.error((error as Error).message);
      process.exit(1);
    },
  );
