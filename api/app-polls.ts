export interface AppPollsOptions {
  /** Records that the apps of these accounts have polled. */
  readonly write: (accountIds: readonly string[]) => Promise<void>;
}

/** Polls beyond this number of accounts are not noted, so that memory stays bounded; with so many waiting, none would gain by it. */
const MOST = 100_000;

/**
 * Remembers which accounts' apps poll, each at most once a minute, and writes them in one statement per flush. A failed write is dropped: the
 * next minute notes the account again.
 */
export class AppPolls {
  /** Accounts that polled in this minute. */
  readonly #noted = new Set<string>();
  #unwritten: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(private readonly options: AppPollsOptions) {}

  /** Records a poll. It is on the path of the polled call, so it only looks into a set. */
  note(accountId: string): void {
    if (this.#noted.has(accountId) || this.#noted.size >= MOST) return;
    this.#noted.add(accountId);
    this.#unwritten.push(accountId);
  }

  /** Begins a new minute, in which every account is noted again. */
  nextMinute(): void {
    this.#noted.clear();
  }

  /** Writes the recorded polls, one statement at a time, and nothing if there are none. Resolves when they are written or dropped. */
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
