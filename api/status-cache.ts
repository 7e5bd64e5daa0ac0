import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/engine/clock.js';
import type { AccountStatus } from '../domain/conversations/statuses.js';
import type { StatusDocument } from '../gateways/store/migrations/status-documents.js';

export interface CachedStatus {
  /** The bytes of the answer, JSON in UTF-8, each as one character, for `end(body, 'latin1')`. */
  readonly body: string;
  /** The body's size in bytes, as digits. */
  readonly length: string;
  readonly etag: string;
  readonly status: AccountStatus;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

export interface StatusCacheOptions {
  readonly clock: Clock;
  readonly read: (accountIds: readonly string[]) => Promise<readonly StatusDocument[]>;
  readonly maxAccounts: number;
}

interface Entry extends CachedStatus {
  /** When it was last known to equal the store, in the clock's elapsed milliseconds. */
  checkedAt: number;
}

interface Miss {
  /** Whether the account has changed during the read. */
  changed: boolean;
  readonly answer: Promise<CachedStatus | undefined>;
}

const CHUNK = 500;
/** While the listener is down, an entry that is requested is refreshed in the background this often. */
const UNHEARD_MS = 1_000;
const RETRY_MS = [100, 500, 2_000];

/**
 * Caches status documents, ready to be sent.
 *
 * 1. A miss reads the store once, however many requests wait for it.
 * 2. `changed` marks an account. Marked entries are refreshed, many in one statement and one statement at a time, so that a later read never
 *    loses against an earlier one.
 * 3. A miss that is overtaken by a change reads again before it answers.
 * 4. When the listener reconnects, all entries are marked. While it is down, entries are answered at once and refreshed in the background. If
 *    the store cannot be read, the refresh is retried and the last known answer stands.
 */
export class StatusCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #misses = new Map<string, Miss>();
  readonly #marked = new Set<string>();
  #refreshing = false;
  #hearing = false;
  #closed = new AbortController();
  readonly counts = { hits: 0, misses: 0 };

  constructor(private readonly options: StatusCacheOptions) {
    this.#entries = new LRUCache({ max: options.maxAccounts });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The cached status, without waiting; undefined if there is none. */
  peek(accountId: string): CachedStatus | undefined {
    const entry = this.#entries.get(accountId);
    if (entry === undefined) return undefined;
    this.counts.hits += 1;
    if (!this.#hearing) this.#refreshStale(accountId, entry);
    return entry;
  }

  /** Reads a status that is not cached; undefined for an account without a document. Throws StoreUnavailable. */
  async read(accountId: string): Promise<CachedStatus | undefined> {
    let miss = this.#misses.get(accountId);
    if (miss === undefined) {
      this.counts.misses += 1;
      miss = { changed: false, answer: Promise.resolve().then(() => this.#readMissing(accountId)) };
      this.#misses.set(accountId, miss);
    }
    return miss.answer;
  }

  /** Announces that the account's document has changed. */
  changed(accountId: string): void {
    const miss = this.#misses.get(accountId);
    if (miss !== undefined) miss.changed = true;
    if (this.#entries.has(accountId)) this.#mark([accountId]);
  }

  /** The listener is up: later changes are announced, and every entry may be stale. */
  listening(): void {
    this.#hearing = true;
    for (const miss of this.#misses.values()) miss.changed = true;
    this.#mark(this.#entries.keys());
  }

  /** The listener is down: changes are not announced. */
  deaf(): void {
    this.#hearing = false;
  }

  close(): void {
    this.#closed.abort();
  }

  async #readMissing(accountId: string): Promise<CachedStatus | undefined> {
    const miss = this.#misses.get(accountId);
    try {
      for (;;) {
        if (miss !== undefined) miss.changed = false;
        const [document] = await this.options.read([accountId]);
        if (miss?.changed === true) continue;
        if (document === undefined) return undefined;
        const entry = this.#entryOf(document);
        // Keyed by the store's string: the caller's is a slice of the whole request, which it would keep in memory.
        this.#entries.set(document.subject, entry);
        return entry;
      }
    } finally {
      this.#misses.delete(accountId);
    }
  }

  #mark(accountIds: Iterable<string>): void {
    for (const accountId of accountIds) this.#marked.add(accountId);
    if (this.#refreshing || this.#marked.size === 0) return;
    this.#refreshing = true;
    void this.#refresh();
  }

  #refreshStale(accountId: string, entry: Entry): void {
    const now = this.options.clock.elapsed();
    if (now - entry.checkedAt <= UNHEARD_MS) return;
    entry.checkedAt = now;
    this.#mark([accountId]);
  }

  /** Refreshes marked entries, including those that are marked while it runs. Never throws. */
  async #refresh(): Promise<void> {
    for (let failures = 0; this.#marked.size > 0 && !this.#closed.signal.aborted;) {
      const chunk = [...this.#marked].slice(0, CHUNK);
      const began = this.options.clock.elapsed();
      for (const accountId of chunk) this.#marked.delete(accountId);
      try {
        this.#take(chunk, await this.options.read(chunk), began);
        failures = 0;
      } catch {
        for (const accountId of chunk) this.#marked.add(accountId);
        const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0;
        failures += 1;
        const { signal } = this.#closed;
        await this.options.clock.sleep(wait, { signal, ref: false }).catch(() => undefined);
      }
    }
    this.#refreshing = false;
  }

  #take(asked: readonly string[], documents: readonly StatusDocument[], began: number): void {
    const found = new Map(documents.map((document) => [document.subject, document]));
    for (const accountId of asked) {
      const document = found.get(accountId);
      const entry = this.#entries.peek(accountId);
      // Evicted meanwhile, or read by a miss that began later.
      if (entry === undefined || entry.checkedAt > began) continue;
      if (document === undefined) this.#entries.delete(accountId);
      else this.#entries.set(document.subject, this.#entryOf(document));
    }
  }

  #entryOf(document: StatusDocument): Entry {
    return { ...cachedStatus(document), checkedAt: this.options.clock.elapsed() };
  }
}

function cachedStatus({ document, version, changedAt }: StatusDocument): CachedStatus {
  // The version alone is ambiguous after a store was restored from a backup.
  const digest = hash('sha256', document, 'base64url').slice(0, 8);
  const body = Buffer.from(document).toString('latin1');
  return {
    body,
    length: String(body.length),
    etag: `"${version}-${digest}"`,
    status: (JSON.parse(document) as { status: AccountStatus }).status,
    changedAt: changedAt.getTime(),
  };
}
