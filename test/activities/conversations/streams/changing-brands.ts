import { untilHolds } from '../../../support/until.js';
import type { ImportWorld } from '../import/import-world.js';
import { accountOf, messageItem, threadItem } from '../import/source-items.js';
import type { LooseItem } from '../import/source-items.js';
import { removeItem } from '../import/source-tables.js';

/** Brands of accounts whose messages change at the source, and what the source holds of each: body by message. */
export class ChangingBrands {
  readonly #bodies = new Map<string, Map<string, string>>();

  constructor(
    private readonly world: ImportWorld,
    readonly brandIds: readonly string[],
  ) {}

  /** One thread of each with so many messages. */
  async begin(messages: number): Promise<void> {
    for (const brandId of this.brandIds) {
      this.#bodies.set(brandId, new Map());
      await this.world.account(accountOf(brandId), brandId);
      await this.world.put('threads', [threadItem(brandId, `thr_${brandId}`)]);
      for (let n = 0; n < messages; n += 1) await this.put(brandId, n, 'at first');
    }
  }

  async put(brandId: string, n: number, body: string): Promise<void> {
    const item = itemOf(brandId, n, body);
    await this.world.put('messages', [item]);
    this.#bodies.get(brandId)?.set(String(item['message_id']), body);
  }

  async remove(brandId: string, n: number): Promise<void> {
    const item = itemOf(brandId, n, '');
    const key = { thread_id: item['thread_id'], message_key: item['message_key'] };
    await removeItem(this.world.tables.messages, key);
    this.#bodies.get(brandId)?.delete(String(item['message_id']));
  }

  /** In each brand, inserts five messages, and changes five and deletes five of the initial ones. */
  async change(from: number): Promise<void> {
    for (const brandId of this.brandIds) {
      for (let n = from; n < from + 5; n += 1) {
        await this.put(brandId, 100 + n, 'later');
        await this.put(brandId, n, 'changed');
        await this.remove(brandId, n + 20);
      }
    }
  }

  /** What the store holds of it. */
  async held(brandId: string): Promise<Map<string, string>> {
    const rows = await this.world.query<{ id: string; body: string }>(
      `SELECT m.source_id AS id, m.body FROM messages m JOIN message_threads t ON t.id = m.thread_id
       JOIN brands b ON b.id = t.brand_id WHERE b.source_id = $1`,
      [brandId],
    );
    return new Map(rows.map(({ id, body }) => [id, body]));
  }

  /** Whether the store holds what the source does. */
  async isHeld(brandId: string): Promise<boolean> {
    return textOf(await this.held(brandId)) === textOf(this.#bodies.get(brandId) ?? new Map());
  }

  async untilHeld(...brandIds: string[]): Promise<void> {
    for (const brandId of brandIds)
      await untilHolds(() => this.isHeld(brandId), {
        what: `the store holds what the source does of brand ${brandId}`,
        everyMs: 50,
      });
  }
}

function itemOf(brandId: string, n: number, body: string): LooseItem {
  const at = new Date(Date.UTC(2026, 9, 2) + n * 3_600_000).toISOString();
  return messageItem(brandId, `thr_${brandId}`, `msg_${brandId}_${n}`, at, { body });
}

function textOf(bodies: ReadonlyMap<string, string>): string {
  return JSON.stringify([...bodies].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
