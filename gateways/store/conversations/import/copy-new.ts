import type { ImportedBrand } from './brand.js';
import { pageBuffers } from '../../../page-buffers.js';
import { copyBytes, copyInto } from '../../sql/copy.js';
import { messageLines } from './message-lines.js';
import type { NewMessage } from './message-lines.js';
import type { ReadMessage } from './read-message.js';
import { ATTACHMENT_COLUMNS, attachmentLine, MESSAGE_COLUMNS } from './staging.js';
import type { Transaction } from '../../sql/transaction.js';

type Threaded = NewMessage & { readonly read: Pick<ReadMessage, 'brief'> };

const UNIQUE_VIOLATION = '23505';

/** A batch with existing ids is likely to be followed by others, so this many batches skip the fast path. */
const CAREFUL_BATCHES = 16;
const careful = new WeakMap<ImportedBrand, number>();

/**
 * Copies messages and their attachments directly into their tables, which costs a third less than staging. Returns false, and writes nothing, if one of
 * the ids already exists: the caller must stage the batch. Runs in the caller's transaction, which stays usable.
 */
export async function copyNew(
  tx: Transaction,
  brand: ImportedBrand,
  messages: readonly Threaded[],
): Promise<boolean> {
  const left = careful.get(brand) ?? 0;
  if (left > 0) {
    careful.set(brand, left - 1);
    return false;
  }
  await tx.query('SAVEPOINT before_copy');
  try {
    await copyAll(tx, brand, messages);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    // Released as well: later statements ask which rows are this transaction's own, and rows written within an open savepoint are not.
    await tx.query('ROLLBACK TO SAVEPOINT before_copy; RELEASE SAVEPOINT before_copy');
    careful.set(brand, CAREFUL_BATCHES);
    return false;
  }
}

async function copyAll(tx: Transaction, brand: ImportedBrand, messages: readonly Threaded[]): Promise<void> {
  const withAny = messages.filter(hasAny);
  const others = withAny.length === 0 ? messages : messages.filter((message) => !hasAny(message));
  if (others.length > 0) await copyMessages(tx, others);
  if (withAny.length === 0) return;
  const ids = await reserveIds(tx, withAny.length);
  await copyMessages(tx, withAny, ids);
  const lines = attachmentLines(withAny, ids, brand.id);
  await copyInto(tx, `attachments (message_id, brand_id, ${ATTACHMENT_COLUMNS})`, lines);
}

async function copyMessages(
  tx: Transaction,
  messages: readonly NewMessage[],
  ids?: readonly string[],
): Promise<void> {
  const lines = messageLines(messages, pageBuffers.take(), ids);
  await copyBytes(tx, `messages (${ids ? 'id, ' : ''}${MESSAGE_COLUMNS})`, lines.written);
  pageBuffers.give(lines.buffer);
}

/** Ids for messages that are about to be copied, whose attachments refer to them. */
async function reserveIds(tx: Transaction, count: number): Promise<string[]> {
  const { rows } = await tx.query<{ ids: string }>(
    `SELECT string_agg(nextval('messages_id_seq')::text, ',') AS ids FROM generate_series(1, $1::integer)`,
    [count],
  );
  return rows[0]?.ids.split(',') ?? [];
}

function hasAny({ read }: Threaded): boolean {
  return read.brief.attachments.length > 0;
}

function* attachmentLines(
  messages: readonly Threaded[],
  ids: readonly string[],
  brandId: string,
): Generator<string> {
  for (const [at, { read }] of messages.entries())
    for (const attachment of read.brief.attachments)
      yield attachmentLine([ids[at] ?? '', brandId], attachment);
}
