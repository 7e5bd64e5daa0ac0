/** ` Did you mean X?`, if one of the known words is near enough; otherwise empty. */
export function nearest(word: string, known: readonly string[]): string {
  const [best] = known
    .map((each) => ({ each, far: distance(word, each) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.floor(each.length / 3)))
    .toSorted((a, b) => a.far - b.far);
  return best === undefined ? '' : ` Did you mean ${best.each}?`;
}

/** How many letters must be added, removed or replaced to make one of the other. */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_each, at) => at);
  for (const [row, letter] of Array.from(from).entries()) {
    const line = [row + 1];
    for (let at = 0; at < to.length; at += 1) {
      const replaced = (above[at] ?? 0) + (letter === to[at] ? 0 : 1);
      line.push(Math.min(replaced, (above[at + 1] ?? 0) + 1, (line[at] ?? 0) + 1));
    }
    above = line;
  }
  return above[to.length] ?? 0;
}
