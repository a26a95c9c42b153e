import { previewFindsNothing, refreshFindsNothing } from "../support/pulumi";

export function unchanged(): void {
  test("pulumi preview finds nothing to do", previewFindsNothing);
  test("pulumi refresh finds nothing that differs", refreshFindsNothing);
  test("pulumi preview finds nothing to do after the refresh", previewFindsNothing);
}
