import { contactIdentity, threadRow } from '../records/map-thread.js';
import type { ThreadContext } from '../records/map-thread.js';
import { THREAD_KINDS, THREAD_STATUSES } from '../records/rows.js';
import type { ThreadRow } from '../records/rows.js';
import { bytesOf, isId, wordOf } from './page-words.js';
import { THREAD_FIELDS } from './written-page.js';
import type { WrittenPage } from './written-page.js';

const FIELD = THREAD_FIELDS.numbers;
const IDS = [FIELD.thread_id, FIELD.c1, FIELD.c2] as const;

/**
 * The row of a thread from the bytes of its page: the fast way of `mapThread` for nearly all threads. Undefined if the record needs the general way. MUST
 * be the row that `mapThread` gives.
 */
export function plainThread(
  page: WrittenPage,
  record: number,
  { accountId, region }: Pick<ThreadContext, 'accountId' | 'region'>,
): ThreadRow | undefined {
  if (page.isOdd(record) || !page.is(record, FIELD.account_id, bytesOf(accountId))) return undefined;
  if (!IDS.every((field) => isId(page, record, field))) return undefined;
  const kind = wordOf(page, record, FIELD.kind, THREAD_KINDS);
  const status = wordOf(page, record, FIELD.status, THREAD_STATUSES);
  if (kind === undefined || status === undefined) return undefined;
  const text = (field: number) => page.text(record, field) ?? '';
  const c1 = contactIdentity(text(FIELD.c1), kind, region);
  const c2 = contactIdentity(text(FIELD.c2), kind, region);
  if (c1 === undefined || c2 === undefined) return undefined;
  const sourceId = text(FIELD.thread_id);
  const name = page.text(record, FIELD.c2_name) ?? null;
  const lastMessageAt = page.text(record, FIELD.last_message_at);
  return threadRow({ sourceId, kind, status, c1, c2, name, lastMessageAt }, null);
}
