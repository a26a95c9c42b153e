import { readyNodes } from "./kubernetes";
import { previewFindsNothing, refreshFindsNothing } from "./pulumi";
import { eventually } from "./wait";

/** All machines of the shipped inventory are Ready, and neither preview nor refresh finds anything. */
export async function clusterIsWhole(): Promise<void> {
  await eventually("all nodes Ready", 120, async () =>
    expect(await readyNodes()).toEqual(["ee", "il", "sam"]),
  );
  await previewFindsNothing();
  await refreshFindsNothing();
}
