import { isMap } from './attribute-value.js';
import { sha256Hex } from './digest.js';
import { ANOTHER_ACCOUNT } from './quarantine-reasons.js';
import { attributeValueJson } from './raw.js';
import type { QuarantinedRecord, SourceTable } from './rows.js';
import { storable } from '../../engine/text.js';

const TABLES = {
  messages: { hash: 'thread_id', range: 'message_key', id: 'message_id' },
  threads: { hash: 'brand_id', range: 'thread_id', id: 'thread_id' },
} as const satisfies Record<SourceTable, { hash: string; range: string; id: string }>;

interface Quarantined {
  readonly kind: 'quarantined';
  readonly record: QuarantinedRecord;
}

/** A record that cannot be taken, with its whole contents and the reason. `foundUnder` is its hash key if the record itself omits it. */
export function quarantined(
  sourceTable: SourceTable,
  item: unknown,
  reason: string,
  foundUnder?: string,
): Quarantined {
  const record = withoutContents(sourceTable, item, reason, foundUnder);
  const id = idOf(sourceTable, item);
  return {
    kind: 'quarantined',
    record: { ...record, sourceId: id ?? null, raw: attributeValueJson(item) },
  };
}

/** Another account's record. Keeps only its key, and the hash that identifies its copies. */
export function quarantinedOfAnotherAccount(
  sourceTable: SourceTable,
  item: unknown,
  foundUnder?: string,
): Quarantined {
  return { kind: 'quarantined', record: withoutContents(sourceTable, item, ANOTHER_ACCOUNT, foundUnder) };
}

/** The record's `account_id` is a string other than this account's. */
export function isOfAnotherAccount(item: Record<string, unknown>, accountId: string): boolean {
  return typeof item['account_id'] === 'string' && item['account_id'] !== accountId;
}

function withoutContents(
  sourceTable: SourceTable,
  item: unknown,
  reason: string,
  foundUnder: string | undefined,
): QuarantinedRecord {
  const { hash, range } = TABLES[sourceTable];
  const exact = [attribute(item, hash) ?? foundUnder, attribute(item, range)] as const;
  const sourceKey = keyOf(exact, item);
  return {
    sourceTable,
    sourceKey,
    rangeKey: storable(exact[1] ?? ''),
    sourceId: null,
    identity: sha256Hex(idOf(sourceTable, item) ?? sourceKey),
    reason,
    raw: null,
  };
}

/** Hash and range key joined by `/`. A missing or replaced part could make different records equal, so a hash of the original is appended then. */
function keyOf(exact: readonly [string | undefined, string | undefined], item: unknown): string {
  const joined = `${exact[0] ?? ''}/${exact[1] ?? ''}`;
  const held = storable(joined);
  if (exact[0] === undefined || exact[1] === undefined) return `${held}~${mark(attributeValueJson(item))}`;
  // JSON escapes lone surrogates, which would be equal in UTF-8.
  if (held !== joined) return `${held}~${mark(JSON.stringify(exact))}`;
  return held;
}

function mark(text: string): string {
  return sha256Hex(text).slice(0, 8);
}

function idOf(sourceTable: SourceTable, item: unknown): string | undefined {
  const id = attribute(item, TABLES[sourceTable].id);
  return id === undefined || id === '' ? undefined : storable(id);
}

function attribute(item: unknown, name: string): string | undefined {
  const value = isMap(item) ? item[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
