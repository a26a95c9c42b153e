/** Calls one function of the lab's machines: `driver.js STATE-FOLDER FUNCTION ARGUMENT-AS-JSON…`; prints its result. */
import { machines } from "../../../lab/machine/machines";

const [state, name, ...args] = process.argv.slice(2);
const all = machines(state) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
all[name](...args.map((text) => JSON.parse(text))).then(
  (result) => console.log(JSON.stringify(result ?? null)),
  (error) => {
    console.error((error as Error).message);
    process.exit(1);
  },
);
