import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { type Change, keyOf, type Write, withChanges } from '../../../dev/sample/arrivals/changes.js';
import { nextChange } from '../../../dev/sample/arrivals/next-change.js';
import { MessageItem, ThreadItem } from '../../../dev/sample/contract.js';
import { generateAccount } from '../../../dev/sample/generator/account.js';
import { truthOf } from '../../../dev/sample/truth.js';

const now = new Date('2026-11-20T16:30:00.000Z');
const account = generateAccount({ now, seed: 3, threads: 300, messages: 4_000 });
const everywhere = () => true;

function changesOf(count: number, isReachable: (channelId: string) => boolean = everywhere): Change[] {
  const ongoing = account.ongoing();
  const changes: Change[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const change = nextChange(ongoing, changes, { at: now.getTime() + turn * 8_000, isReachable });
    if (change === undefined) throw new Error(`nothing comes in turn ${turn}`);
    changes.push(change);
  }
  return changes;
}

const putsInto = (table: Write['table'], changes: readonly Change[]) =>
  changes.flatMap(({ writes }) =>
    writes.flatMap((write) => ('put' in write && write.table === table ? [write.put] : [])),
  );

describe('what happens at Conversations after the import', () => {
  it('is the same after the same changes, apart from its time', () => {
    const timeless = (changes: readonly Change[]) =>
      JSON.stringify(changes).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '');
    const ongoing = account.ongoing();
    const changes = changesOf(40);
    for (const [turn, change] of changes.entries()) {
      const moment = { at: now.getTime() + 86_400_000 + turn, isReachable: everywhere };
      const again = nextChange(ongoing, changes.slice(0, turn), moment);
      // Dates that people mention may differ with the day.
      expect(again?.thread_id).toBe(change.thread_id);
      expect(again?.kind).toBe(change.kind);
      if (turn === 0) expect(timeless([again!])).toBe(timeless([change]));
    }
    expect(changesOf(40)).toEqual(changes);
  });

  it('brings messages, and early on also a new thread, an edit and a deletion', () => {
    const kinds = changesOf(8).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['deletion', 'edit', 'message', 'message', 'message', 'message', 'message', 'thread']); // prettier-ignore
  });

  it('writes records as the contract has them', () => {
    const changes = changesOf(200);
    const threads = putsInto('threads', changes);
    const messages = putsInto('messages', changes);
    for (const thread of threads) expect([...Value.Errors(ThreadItem, thread)]).toEqual([]);
    for (const message of messages) expect([...Value.Errors(MessageItem, message)]).toEqual([]);
    expect(threads.length).toBeGreaterThan(100);
    expect(new Set(messages.map(({ kind }) => kind)).size).toBeGreaterThan(2);
  });

  it('opens the thread of a message and moves its last_message_at there', () => {
    const sent = changesOf(60).filter(({ kind }) => kind === 'message' || kind === 'thread');
    for (const change of sent) {
      const [thread] = putsInto('threads', [change]);
      const [message] = putsInto('messages', [change]);
      expect(thread).toMatchObject({ thread_id: message?.['thread_id'], last_message_at: message?.['sent_at'], status: 'open' }); // prettier-ignore
      expect(message?.['sent_at']).toBe(change.at);
    }
  });

  it('never writes a message id again, and changes a seeded message once at most', () => {
    const changes = changesOf(150);
    const seeded = new Set([...account.messages()].map(({ message_id: id }) => String(id)));
    const sent = putsInto(
      'messages',
      changes.filter(({ kind }) => kind !== 'edit'),
    ).map(({ message_id: id }) => String(id));
    expect(new Set(sent).size).toBe(sent.length);
    expect(sent.filter((id) => seeded.has(id))).toEqual([]);
    const changed = changes
      .filter(({ kind }) => kind === 'edit' || kind === 'deletion')
      .flatMap(({ writes }) =>
        writes.map((write) => keyOf('messages', 'put' in write ? write.put : write.remove)),
      );
    expect(changed.length).toBeGreaterThan(10);
    expect(new Set(changed).size).toBe(changed.length);
  });

  it('leaves ported numbers alone, and ends once no channel is reachable', () => {
    const ported = new Set(
      account.payload.brands
        .flatMap(({ channels }) => channels)
        .filter((channel) => channel.port_phone_number)
        .map((channel) => channel.channel_id),
    );
    const channelOf = new Map([...account.threads()].map((each) => [each['thread_id'], each['channel_id']]));
    for (const change of changesOf(60, (channelId) => !ported.has(channelId))) {
      const [begun] = putsInto('threads', [change]);
      const channel = begun?.['channel_id'] ?? channelOf.get(change.thread_id);
      expect(ported.has(String(channel))).toBe(false);
    }
    const nowhere = { at: now.getTime(), isReachable: () => false };
    expect(nextChange(account.ongoing(), [], nowhere)).toBeUndefined();
  });

  it('is in the truth: additions and edits are there, deletions are not', () => {
    const changes = changesOf(30);
    const count = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length;
    const truth = truthOf(withChanges(account, changes));
    const rows = new Map(truth.threads.flatMap(({ messages }) => messages).map((row) => [row.id, row]));
    expect(rows.size).toBe(4_000 + count('message') + count('thread') - count('deletion'));
    expect(truth.threads.flatMap(({ sources }) => sources)).toHaveLength(300 + count('thread'));
    for (const message of putsInto('messages', changes))
      expect(rows.get(String(message['message_id']))?.body ?? undefined).toBe(message['body']);
    for (const { kind, writes } of changes)
      for (const write of kind === 'deletion' ? writes : [])
        if ('remove' in write) expect(rows.has(write.remove['message_key']?.split('#')[1] ?? '')).toBe(false);
  });
});
