import * as fc from "fast-check";
import { Limit } from "../../provider/limit";

test("never more than its width run at once, and all of them do run, failures included", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (width, fails) => {
        const limit = new Limit(width);
        let running = 0;
        let most = 0;
        const work = fails.map((fail) =>
          limit.run(async () => {
            most = Math.max(most, ++running);
            await new Promise((resolve) => setImmediate(resolve));
            running--;
            if (fail) throw new Error("no");
          }),
        );
        const results = await Promise.allSettled(work);
        expect(results.map(({ status }) => status === "rejected")).toEqual(fails);
        expect(most).toBeLessThanOrEqual(width);
        expect(most).toBe(Math.min(width, fails.length));
      },
    ),
  );
});
