interface Reading<Answer> {
  /** Never rejects. */
  readonly ended: Promise<unknown>;
  next: Promise<Answer> | undefined;
}

/**
 * One reading for all who ask for the same at the same time, as dashboards do after a change. What is answered was read after it was asked for: who asks
 * while it is being read shares the next reading.
 */
export class SharedReads<Answer> {
  readonly #readings = new Map<string, Reading<Answer>>();

  /** Throws what `read` throws. */
  get(key: string, read: () => Promise<Answer>): Promise<Answer> {
    const current = this.#readings.get(key);
    if (current === undefined) return this.#begin(key, read);
    current.next ??= current.ended.then(() => this.#begin(key, read));
    return current.next;
  }

  #begin(key: string, read: () => Promise<Answer>): Promise<Answer> {
    const answer = read();
    const end = (): void => {
      if (reading.next === undefined) this.#readings.delete(key);
    };
    const reading: Reading<Answer> = { ended: answer.then(end, end), next: undefined };
    this.#readings.set(key, reading);
    return answer;
  }
}
