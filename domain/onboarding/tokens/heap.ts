/** A heap of numbers, the least first. */
export class Heap {
  readonly #held: number[] = [];

  push(value: number): void {
    const held = this.#held;
    let at = held.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = held[parent] ?? value;
      if (above <= value) break;
      held[at] = above;
      at = parent;
    }
    held[at] = value;
  }

  pop(): number | undefined {
    const held = this.#held;
    const least = held[0];
    const last = held.pop();
    if (last === undefined || held.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= held.length) break;
      if (child + 1 < held.length && (held[child + 1] ?? last) < (held[child] ?? last)) child += 1;
      const below = held[child] ?? last;
      if (below >= last) break;
      held[at] = below;
      at = child;
    }
    held[at] = last;
    return least;
  }
}
