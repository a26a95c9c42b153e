/**
 * A chapter whose promise a chapter of the other stack shows as well: `make test-long` has it, and `make test`, which people
 * wait for, does not.
 */
export function inLong(name: string, chapter: () => void): void {
  if (isLong) describe(name, chapter);
}

/** Likewise for one test of a chapter. */
export function testInLong(name: string, work: () => Promise<void>): void {
  if (isLong) test(name, work);
}

/** Cases of one promise, by the words that they begin with: `make test-long` has all of them, `make test` the named ones. */
export function casesOf<Case extends readonly [string, ...unknown[]]>(
  cases: readonly Case[],
  ...inShort: string[]
): Case[] {
  const lost = inShort.filter((name) => !cases.some(([what]) => what === name));
  if (lost.length > 0) throw new Error(`there is no case ${lost.join(", ")}`);
  return cases.filter(([what]) => isLong || inShort.includes(what));
}

const isLong = Boolean(process.env.KLUSTER_TEST_LONG);
