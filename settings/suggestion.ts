/**
 * The candidate that a mistyped word most likely meant, or nothing when none is near. Case and the marks - and _ do
 * not count: `diskUuid` means `disk_uuid`. Of equally near candidates the first wins.
 */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const typed = plain(word);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const meant = plain(candidate);
    // A third of the word may be wrong; with more it is another word.
    const tolerated = Math.floor(Math.max(typed.length, meant.length) / 3);
    if (Math.abs(typed.length - meant.length) > tolerated) continue;
    const distance = editDistance(typed, meant);
    if (distance <= tolerated && (!best || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/**
 * How many single letters must be put in, taken out, changed or swapped with their neighbour to make one word of
 * the other (optimal string alignment).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      let distance = Math.min(last[column] + 1, current[column - 1] + 1, last[column - 1] + changed);
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) distance = Math.min(distance, beforeLast[column - 2] + 1);
      current.push(distance);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length];
}

const plain = (word: string) => word.toLowerCase().replace(/[-_]/g, "");
