interface Reading<Answer> {
  /** Never rejects. */
  readonly ended: Promise<unknown>;
  next: Promise<Answer> | undefined;
}

/**
 * Shares one read among concurrent requests for the same data, as dashboards send after a change. Every answer was read after its request: a
 * request that arrives during a read shares the next one.
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
