export interface AppPollsOptions {
  /** Writes down that these accounts' apps have asked. */
  readonly write: (accountIds: readonly string[]) => Promise<void>;
}

/** What is not noted beyond this is not written: memory stays bounded, and with so many waiting nobody would gain by it. */
const MOST = 100_000;

/**
 * Remembers which accounts' apps ask how far the migration is, each at most once a minute, and writes it down now and then, all in one
 * statement. What cannot be written is forgotten: the next minute brings it again.
 */
export class AppPolls {
  /** Asked in this minute. */
  readonly #noted = new Set<string>();
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(private readonly options: AppPollsOptions) {}

  /** On the way of the polled call: no more than a look at a set. */
  note(accountId: string): void {
    if (this.#noted.has(accountId) || this.#noted.size >= MOST) return;
    this.#noted.add(accountId);
    this.#unwritten.push(accountId);
  }

  /** From now on every account is noted again. */
  nextMinute(): void {
    this.#noted.clear();
  }

  /** One statement at a time; none when there is nothing to write. Resolves when what was noted before is written, or given up. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    if (this.#unwritten.length === 0) return;
    const accountIds = this.#unwritten;
    this.#unwritten = [];
    this.#writing = this.options
      .write(accountIds)
      .catch(() => undefined)
      .finally(() => (this.#writing = undefined));
    await this.#writing;
  }
}
