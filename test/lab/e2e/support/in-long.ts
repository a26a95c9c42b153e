/**
 * A chapter whose promise a chapter of the other stack shows as well: `make test-long` has it, and `make test`, which people
 * wait for, does not.
 */
export function inLong(name: string, chapter: () => void): void {
  if (process.env.KLUSTER_TEST_LONG) describe(name, chapter);
}
