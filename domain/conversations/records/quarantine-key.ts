import type { SourceTable } from './rows.js';

/** The key of a record in its source table. */
export interface RecordKey {
  readonly hash: string;
  readonly range: string;
}

/** Names of the hash key and the range key. */
export const KEY_NAMES = {
  messages: ['thread_id', 'message_key'],
  threads: ['brand_id', 'thread_id'],
} as const satisfies Record<SourceTable, readonly [string, string]>;

/**
 * The key of the record at the source. Uses the raw form, which keeps characters that the store cannot hold, or else the store's key. Undefined if
 * neither is sufficient.
 *
 * @param raw attribute-value JSON, as `attributeValueJson` writes it
 * @param brandId the hash key of threads
 */
export function recordKey(
  table: SourceTable,
  {
    sourceKey,
    rangeKey,
    raw,
  }: { readonly sourceKey: string; readonly rangeKey: string; readonly raw: unknown },
  brandId: string,
): RecordKey | undefined {
  const [hashName, rangeName] = KEY_NAMES[table];
  const attributes = exactForm(raw);
  const range = textOf(attributes?.[rangeName]);
  const hash = table === 'threads' ? brandId : textOf(attributes?.[hashName]);
  if (hash !== undefined && range !== undefined) return { hash, range };
  const end = `/${rangeKey}`;
  if (!sourceKey.endsWith(end) || rangeKey === '') return undefined;
  return { hash: sourceKey.slice(0, -end.length), range: rangeKey };
}

function exactForm(raw: unknown): Record<string, unknown> | undefined {
  const members = asRecord(raw);
  const original = textOf(members?.['carryover_original']);
  if (original === undefined) return members;
  try {
    return asRecord(JSON.parse(Buffer.from(original, 'base64').toString('utf16le')));
  } catch {
    return members;
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function textOf(attribute: unknown): string | undefined {
  const text = asRecord(attribute)?.['S'];
  return typeof text === 'string' ? text : undefined;
}
