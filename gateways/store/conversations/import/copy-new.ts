import type { ImportedBrand } from './brand.js';
import { copyInto } from '../../sql/copy.js';
import { MESSAGE_COLUMNS, messageLine } from './staging.js';
import type { MessageRow } from '../../../../domain/conversations/records/rows.js';
import type { Transaction } from '../../sql/transaction.js';

interface NewMessage {
  readonly read: { readonly row: MessageRow };
  readonly threadId: string;
}

const UNIQUE_VIOLATION = '23505';

/** Where ids were there once, others are likely to be: so many batches then are not tried this way. */
const CAREFUL_BATCHES = 16;
const careful = new WeakMap<ImportedBrand, number>();

/**
 * Copies messages straight into `messages`, for a third less than by way of staging. False, and nothing is written, where one of the ids is
 * there already: that is to be settled by those who can. Within the caller's transaction, which stays usable.
 */
export async function copyNew(
  tx: Transaction,
  brand: ImportedBrand,
  messages: readonly NewMessage[],
): Promise<boolean> {
  const left = careful.get(brand) ?? 0;
  if (left > 0) {
    careful.set(brand, left - 1);
    return false;
  }
  await tx.query('SAVEPOINT before_copy');
  try {
    await copyInto(tx, `messages (${MESSAGE_COLUMNS})`, linesOf(messages));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
    // Released too: what follows asks which rows are this transaction's own, and a savepoint's are not.
    await tx.query('ROLLBACK TO SAVEPOINT before_copy; RELEASE SAVEPOINT before_copy');
    careful.set(brand, CAREFUL_BATCHES);
    return false;
  }
}

function* linesOf(messages: readonly NewMessage[]): Generator<string> {
  for (const { read, threadId } of messages) yield messageLine({ row: read.row, threadId });
}
