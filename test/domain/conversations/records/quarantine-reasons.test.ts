import { describe, expect, test } from 'vitest';
import { mapMessage } from '../../../../domain/conversations/records/map-message.js';
import { mapThread } from '../../../../domain/conversations/records/map-thread.js';
import {
  ANOTHER_ACCOUNT,
  GONE,
  HELD_BY_ANOTHER_ACCOUNT,
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
  adviceFor,
} from '../../../../domain/conversations/records/quarantine-reasons.js';
import { messageItem, threadItem } from '../../../activities/conversations/import/source-items.js';

const BRAND = 'br_1_1';
const AT = '2026-10-15T12:00:00.000Z';

/** As the mapping itself says it. */
function reasonOf(table: 'threads' | 'messages', change: object): string {
  const context = { accountId: 'acc_1', brandId: BRAND, region: undefined };
  const mapped =
    table === 'threads'
      ? mapThread({ ...threadItem(BRAND, 'thr_1'), ...change }, context)
      : mapMessage({ ...messageItem(BRAND, 'thr_1', 'msg_1', AT), ...change }, context);
  if (mapped.kind === 'row') throw new Error('it was taken');
  return mapped.record.reason;
}

describe('advice for a quarantined record', () => {
  test.each([
    ['threads', { kind: 7 }, 'wrong-type', 'attribute "kind" written as type S in the thread record'],
    ['threads', { kind: 'pigeon' }, 'unknown-word', 'attribute "kind" set to one of sms, '],
    [
      'messages',
      { direction: undefined },
      'missing',
      'attribute "direction" filled in in the message record',
    ],
    ['messages', { direction: 'up' }, 'unknown-word', 'attribute "direction" set to one of in, out'],
    ['messages', { sent_at: 'soon', message_key: 'k' }, 'no-date', 'set to the time the message was sent'],
    ['messages', { message_id: 'x'.repeat(1_025) }, 'too-long', 'attribute "message_id" made shorter'],
    ['messages', { metadata: [] }, 'wrong-type', 'attribute "metadata" written as type M'],
    ['messages', { attachments: [{ url: 'u' }] }, 'missing', '"attachments[0].attachment_id" filled in'],
    ['messages', { account_id: 'acc_9' }, 'another-account', 'names another account'],
  ] as const)('of %s with %j is that of %s', (table, change, cause, words) => {
    const advice = adviceFor(table, reasonOf(table, change));
    expect(advice).toMatchObject({ cause, nextStep: expect.stringContaining(words) });
  });

  test('recommends a retry if something can be corrected, and a waiver otherwise', () => {
    expect(adviceFor('messages', NO_THREAD_RECORD)).toMatchObject({
      fix: 'retry',
      cause: 'no-thread-record',
    });
    expect(adviceFor('messages', THREAD_NOT_TAKEN)).toMatchObject({ fix: 'retry' });
    expect(adviceFor('messages', 'PostgreSQL refuses its data (54000)')).toMatchObject({
      fix: 'retry',
      cause: 'refused-by-store',
    });
    for (const reason of [GONE, ANOTHER_ACCOUNT, HELD_BY_ANOTHER_ACCOUNT])
      expect(adviceFor('messages', reason).fix).toBe('waive');
    expect(adviceFor('messages', 'something that a later version says')).toMatchObject({
      cause: 'malformed',
    });
  });
});
