import { isMap } from './attribute-value.js';
import { sha256Hex, threadDigest } from './digest.js';
import { ItemReader } from './item-reader.js';
import { identityOf } from './phone.js';
import { isOfAnotherAccount, quarantined, quarantinedOfAnotherAccount } from './quarantine.js';
import { THREAD_KINDS, THREAD_STATUSES } from './rows.js';
import type { Mapped, ThreadKind, ThreadRow, ThreadStatus } from './rows.js';
import { utf8Length } from '../../engine/text.js';
import { timestampOf } from './time.js';

export interface ThreadContext {
  /** Conversations' `account_id` of the account being migrated. */
  readonly accountId: string;
  /** Conversations' `brand_id` under which the record was found. */
  readonly brandId: string;
  /** The region for national phone numbers, `regionOf(locale)`; undefined: only international numbers are recognized. */
  readonly region: string | undefined;
}

/** Longer pair keys are replaced by a hash, so that the store's index can hold them. */
const MAX_PAIR_KEY_BYTES = 2000;

/**
 * Maps an item to a thread row, or to a quarantined record with its first problem. Only `sms` and `void` threads can share a pair key. Never throws.
 */
export function mapThread(item: unknown, context: ThreadContext): Mapped<ThreadRow> {
  if (!isMap(item))
    return quarantined('threads', item, 'the record is no map of attributes', context.brandId);
  if (isOfAnotherAccount(item, context.accountId))
    return quarantinedOfAnotherAccount('threads', item, context.brandId);

  const read = new ItemReader(item);
  read.text('account_id');
  const sourceId = read.id('thread_id');
  const kind = read.oneOf('kind', THREAD_KINDS);
  const c1 = identity(read, 'c1', kind, context.region);
  const c2 = identity(read, 'c2', kind, context.region);
  const status = read.oneOf('status', THREAD_STATUSES);
  const name = read.optionalText('c2_name');
  if (read.problem !== undefined) return quarantined('threads', item, read.problem, context.brandId);

  const { last_message_at: lastMessageAt } = item;
  const attributes = { sourceId, kind, c1, c2, status, name, lastMessageAt };
  return { kind: 'row', row: threadRow(attributes, read.original()) };
}

export interface ThreadAttributes {
  readonly sourceId: string;
  readonly kind: ThreadKind;
  readonly c1: string;
  readonly c2: string;
  readonly status: ThreadStatus;
  readonly name: string | null;
  readonly lastMessageAt: unknown;
}

/** The row of a thread whose attributes have been read and are valid. */
export function threadRow(
  { name, lastMessageAt, ...identified }: ThreadAttributes,
  original: string | null,
): ThreadRow {
  const { kind, c1, c2, sourceId } = identified;
  return {
    ...identified,
    pairKey: isMerged(kind) ? pairKey(c1, c2) : `thread:${sourceId}`,
    contactName: name === null || name.trim() === '' ? null : name,
    lastMessageAt: typeof lastMessageAt === 'string' ? (timestampOf(lastMessageAt)?.text ?? null) : null,
    original,
    digest: threadDigest(identified),
  };
}

function isMerged(kind: ThreadKind): boolean {
  return kind === 'sms' || kind === 'void';
}

function identity(read: ItemReader, name: 'c1' | 'c2', kind: ThreadKind, region: string | undefined): string {
  const text = read.id(name);
  const found = contactIdentity(text, kind, region);
  if (found === undefined) read.complain(name, 'is blank');
  return found ?? '';
}

/** What identifies a contact of a thread of this kind; undefined for blank text. */
export function contactIdentity(
  text: string,
  kind: ThreadKind,
  region: string | undefined,
): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return isMerged(kind) ? (identityOf(text, region) ?? trimmed) : text;
}

function pairKey(c1: string, c2: string): string {
  const key = JSON.stringify([c1, c2]);
  return utf8Length(key) <= MAX_PAIR_KEY_BYTES ? key : `pair:${sha256Hex(key)}`;
}
