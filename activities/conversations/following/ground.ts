import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import { findStanding } from '../../../gateways/store/conversations/following/standing.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';
import type { ImportedBrand } from '../../../gateways/store/conversations/import/brand.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import { KEY_NAMES } from '../../../domain/conversations/records/quarantine-key.js';
import type { Item } from '../../../gateways/dynamodb/items.js';

/** Reads the current versions of records, strongly consistent. */
export type ReadRecords = (table: SourceTable, keys: readonly RecordKey[]) => Promise<Item[]>;

/** What one transaction knows of the source and of the account's brands. The account's lock is held exclusively. */
export class Ground {
  /** Null: the source does not have the record. */
  readonly #items = { threads: new Map<string, Item | null>(), messages: new Map<string, Item | null>() };
  readonly #standings = new Map<string, Standing>();
  readonly #absent = new Set<string>();

  constructor(
    readonly tx: Transaction,
    private readonly first: Standing,
    private readonly readRecords: ReadRecords,
  ) {
    this.#add(first);
  }

  get account(): Pick<ImportedBrand, 'accountId' | 'accountSourceId'> {
    return this.first.brand;
  }

  /** A message whose thread is gone belongs to the brand that reads its record. */
  isOurs({ accountId }: { readonly accountId: string | null }): boolean {
    return accountId === null || accountId === this.account.accountId;
  }

  /** A brand of the account by Conversations' id; undefined if the account has none that is migrated. */
  async brand(sourceId: string): Promise<Standing | undefined> {
    return this.#find(`source ${sourceId}`, { sourceId });
  }

  /** The brand that an item names. */
  async brandOf(item: Item | undefined): Promise<Standing | undefined> {
    const brandId = item?.['brand_id'];
    return typeof brandId === 'string' ? this.brand(brandId) : undefined;
  }

  /** The same by the store's id. */
  async brandById(id: string): Promise<Standing | undefined> {
    return this.#find(`id ${id}`, { id });
  }

  async #find(name: string, by: { sourceId?: string; id?: string }): Promise<Standing | undefined> {
    const known = this.#standings.get(name);
    if (known || this.#absent.has(name)) return known;
    const found = await findStanding(this.tx, this.account.accountSourceId, by);
    if (found) this.#add(found);
    else this.#absent.add(name);
    return found;
  }

  #add(standing: Standing): void {
    this.#standings.set(`source ${standing.brand.sourceId}`, standing);
    this.#standings.set(`id ${standing.brand.id}`, standing);
  }

  /** Reads each record once, however often it is asked for. */
  async read(table: SourceTable, keys: readonly RecordKey[]): Promise<void> {
    const items = this.#items[table];
    const unread = new Map(keys.map((key) => [textOf(key), key]));
    for (const text of unread.keys()) if (items.has(text)) unread.delete(text);
    if (unread.size === 0) return;
    const found = await this.readRecords(table, [...unread.values()]);
    for (const text of unread.keys()) items.set(text, null);
    const [hash, range] = KEY_NAMES[table];
    for (const item of found)
      items.set(textOf({ hash: String(item[hash]), range: String(item[range]) }), item);
  }

  /** A record that was read; undefined if the source does not have it. */
  item(table: SourceTable, key: RecordKey): Item | undefined {
    return this.#items[table].get(textOf(key)) ?? undefined;
  }
}

export function textOf({ hash, range }: RecordKey): string {
  return JSON.stringify([hash, range]);
}
