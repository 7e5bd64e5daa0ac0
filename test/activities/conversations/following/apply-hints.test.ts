import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { messageItem, threadItem } from '../import/source-items.js';
import { FollowedWorld } from './following-world.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const OLD = '2025-03-01T12:00:00.000Z';
const RECENT = '2026-10-15T12:00:00.000Z';
const LATER = '2026-10-20T12:00:00.000Z';

let followed: FollowedWorld;

beforeEach(async () => {
  followed = await FollowedWorld.open([A, B]);
  await followed.put('threads', threadItem(A, 'thr_1'), threadItem(B, 'thr_b'));
  await followed.put(
    'messages',
    messageItem(A, 'thr_1', 'msg_1', RECENT),
    messageItem(A, 'thr_1', 'msg_2', OLD),
  );
  await followed.world.migrate([A, B]);
  followed.take();
});

afterEach(() => followed.close());

describe('a message of a migrated brand', () => {
  test('that is new is added, once', async () => {
    await followed.put('messages', messageItem(A, 'thr_1', 'msg_3', LATER));
    const hints = followed.take();
    expect(await followed.follow(hints)).toEqual({ added: 1, changed: 0, removed: 0 });
    expect(await followed.follow(hints)).toEqual({ added: 0, changed: 0, removed: 0 });
    const { threads } = await followed.world.contents();
    expect(threads[0]).toMatchObject({ message_count: '3', last_message_at: new Date(LATER) });
  });

  test('that is changed keeps its row', async () => {
    const [before] = await followed.world.query(`SELECT id FROM messages WHERE source_id = 'msg_1'`);
    await followed.put('messages', messageItem(A, 'thr_1', 'msg_1', RECENT, { body: 'other' }));
    expect(await followed.follow()).toEqual({ added: 0, changed: 1, removed: 0 });
    const rows = await followed.world.query(`SELECT id, body FROM messages WHERE source_id = 'msg_1'`);
    expect(rows).toEqual([{ ...before, body: 'other' }]);
  });

  test('that is deleted goes', async () => {
    await followed.remove('messages', messageItem(A, 'thr_1', 'msg_1', RECENT));
    expect(await followed.follow()).toEqual({ added: 0, changed: 0, removed: 1 });
    const { threads, messages } = await followed.world.contents();
    expect(messages.map((row) => row['source_id'])).toEqual(['msg_2']);
    expect(threads[0]).toMatchObject({ message_count: '1', last_message_at: new Date(OLD) });
    expect(
      await followed.world.query('SELECT source_table, source_key FROM carryover.removed_records'),
    ).toEqual([{ source_table: 'messages', source_key: `thr_1/${RECENT}#msg_1` }]);
  });
});

test('many hints cost as many statements as one', async () => {
  const statements = async (messages: number): Promise<number> => {
    const items = Array.from({ length: messages }, (_, n) =>
      messageItem(A, 'thr_1', `new_${messages}_${n}`, LATER),
    );
    await followed.put('messages', ...items);
    let asked = 0;
    const counting = followed.world.changing((_, send) => {
      asked += 1;
      return send();
    });
    expect(await followed.follow(followed.take(), counting)).toEqual({
      added: messages,
      changed: 0,
      removed: 0,
    });
    return asked;
  };
  const one = await statements(1);
  expect(await statements(100)).toBe(one);
  expect(one).toBe(18);
});
