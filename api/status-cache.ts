import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/engine/clock.js';
import type { AccountStatus } from '../domain/conversations/statuses.js';
import type { StatusDocument } from '../gateways/store/migrations/status-documents.js';

export interface CachedStatus {
  /** The answer, JSON text. */
  readonly body: string;
  /** Bytes of the body, in digits. */
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
  /** By the clock's elapsed time: when it was last known to be what the store holds. */
  checkedAt: number;
}

interface Miss {
  /** The account was changed while it was being read. */
  changed: boolean;
  readonly answer: Promise<CachedStatus | undefined>;
}

const CHUNK = 500;
/** While changes are not heard of, what is asked for is read anew in the background this often. */
const UNHEARD_MS = 1_000;
const RETRY_MS = [100, 500, 2_000];

/**
 * Status documents in memory, ready to be sent.
 *
 * 1. A miss reads the store once, however many ask at the same moment.
 * 2. `changed` marks an account; marked ones that are remembered are read anew, many in one statement, one statement at a
 *    time: so a later read never loses against an earlier one.
 * 3. A miss that is overtaken by a change reads again before it answers.
 * 4. When the listener was away, everything remembered is marked. While it is away, what is remembered is answered at once
 *    and read anew behind the answer. A store that cannot be read is tried again; meanwhile the last known answer stands.
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

  /** What is remembered; nothing is waited for. */
  peek(accountId: string): CachedStatus | undefined {
    const entry = this.#entries.get(accountId);
    if (entry === undefined) return undefined;
    this.counts.hits += 1;
    if (!this.#hearing) this.#readAnew(accountId, entry);
    return entry;
  }

  /** Reads what is not remembered; undefined for an account without a document. Throws StoreUnavailable. */
  async read(accountId: string): Promise<CachedStatus | undefined> {
    let miss = this.#misses.get(accountId);
    if (miss === undefined) {
      this.counts.misses += 1;
      miss = { changed: false, answer: Promise.resolve().then(() => this.#readMissing(accountId)) };
      this.#misses.set(accountId, miss);
    }
    return miss.answer;
  }

  /** The store says that the account's document has changed. */
  changed(accountId: string): void {
    const miss = this.#misses.get(accountId);
    if (miss !== undefined) miss.changed = true;
    if (this.#entries.has(accountId)) this.#mark([accountId]);
  }

  /** Changes are heard of from now on; what changed before is unknown. */
  listening(): void {
    this.#hearing = true;
    for (const miss of this.#misses.values()) miss.changed = true;
    this.#mark(this.#entries.keys());
  }

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
        // By the store's own text: the caller's is a piece of the whole request, which would be kept with it.
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

  #readAnew(accountId: string, entry: Entry): void {
    const now = this.options.clock.elapsed();
    if (now - entry.checkedAt <= UNHEARD_MS) return;
    entry.checkedAt = now;
    this.#mark([accountId]);
  }

  /** Never throws. What is marked while it runs is taken along. */
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
      // Forgotten meanwhile, or read by a miss that began later.
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
  // The version alone would say the same of two stores, one of which was restored from an older day.
  const digest = hash('sha256', document, 'base64url').slice(0, 8);
  return {
    body: document,
    length: String(Buffer.byteLength(document)),
    etag: `"${version}-${digest}"`,
    status: (JSON.parse(document) as { status: AccountStatus }).status,
    changedAt: changedAt.getTime(),
  };
}
