import { describe, expect, it } from 'vitest';
import { alertOfQuarantine, alertOfThing } from '../../../domain/conversations/alerts.js';
import type { FailedThing } from '../../../domain/conversations/failed-things.js';

const common = {
  ...{ id: '7', accountId: 'acc_1', brandId: 'br_1', since: '2026-03-01T10:00:00.000Z', times: 2 },
  message: 'Zoë, +1 555 0100, wrote this.',
};

const things: Record<string, FailedThing> = {
  brand: { ...common, kind: 'brand', type: 'ChannelImpossible', nextStep: 'Correct the channel.' },
  port: { ...common, kind: 'porting', status: 'refused', channelId: 'ch_1' },
  unequal: {
    ...{ ...common, kind: 'verification', type: undefined, nextStep: undefined },
    differences: [
      { table: 'messages', difference: 'missing', count: 3 },
      { table: 'messages', difference: 'new', count: 50 },
      { table: 'threads', difference: 'different', count: 1 },
    ],
  },
  behind: { ...common, kind: 'following', failure: { cause: 'lag', table: 'messages', minutes: 9 } },
  waiting: { ...common, kind: 'attachments', waiting: 12 },
};

describe('an alert of a conversations migration', () => {
  it.each([
    [
      'brand',
      { key: 'brand/7', type: 'ChannelImpossible', what: 'brand br_1', command: 'carryover retry acc_1' },
    ],
    // Ordered again and refused again is another thing.
    ['port', { key: 'porting/7.2', what: 'port of the number of channel ch_1 (refused)' }],
    ['unequal', { key: 'verification/7', count: 4, command: 'carryover verify acc_1 --repair' }],
    ['behind', { key: 'following/7', what: 'stream of the table of messages' }],
    ['waiting', { key: 'attachments/7', count: 12 }],
  ])('%s has its own key, words and command, and nothing that somebody wrote', (name, expected) => {
    const alert = alertOfThing(things[name]!);
    expect(alert).toMatchObject({ subject: 'acc_1', ...expected });
    expect(alert?.title).not.toBe('');
    expect(JSON.stringify(alert)).not.toMatch(/Zoë|555/);
  });

  it('is not raised for a single record or attachment', () => {
    const record = { sourceTable: 'messages', sourceKey: 'thr_1/k', threadReason: undefined };
    expect(alertOfThing({ ...common, kind: 'quarantine', ...record })).toBeUndefined();
    const attachment = { messageId: 'msg_1', attachmentId: 'att_1' };
    expect(alertOfThing({ ...common, kind: 'attachments', ...attachment })).toBeUndefined();
  });

  it('counts what is in quarantine, and names the command that lists it by cause', () => {
    const since = new Date('2026-03-01T10:00:00Z');
    expect(alertOfQuarantine({ accountId: 'acc_1', records: 30, read: 1_000, since })).toMatchObject({
      key: 'quarantine/acc_1',
      what: '30 of 1000 records of account acc_1',
      count: 30,
      command: 'carryover quarantine groups acc_1',
    });
  });
});
