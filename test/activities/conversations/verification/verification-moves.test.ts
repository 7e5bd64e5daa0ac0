import { beforeEach, describe, expect, test } from 'vitest';
import type { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { A, ACCOUNT, at, B, OLD } from './verification-account.js';
import { forVerifiedWorld, type Verifier } from './verification-world.js';

/** Two source threads of one pair, of which the first moves. */
const PHONE = { kind: 'sms', c1: '+15550001111', c2: '+15550002222' };
const MOVING = threadItem(A, 'thr_1', { ...PHONE, c2_name: 'Ann' });
const MESSAGES = [
  messageItem(A, 'thr_1', 'msg_1', at(3), {
    attachments: [{ attachment_id: 'file', url: 'http://files.example/file' }],
  }),
  messageItem(A, 'thr_1', 'msg_2', at(4)),
];

let world: ImportWorld;
let verifier: Verifier;
forVerifiedWorld((...opened) => ([world, verifier] = opened));
beforeEach(async () => {
  await world.account(ACCOUNT, A, B);
  await world.put('threads', [
    MOVING,
    threadItem(A, 'thr_2', { ...PHONE, kind: 'void', status: 'closed' }),
    threadItem(B, 'thr_b'),
  ]);
  await world.put('messages', [
    ...MESSAGES,
    messageItem(A, 'thr_2', 'msg_3', at(5)),
    messageItem(B, 'thr_b', 'msg_b', at(6)),
    messageItem(B, 'thr_b', 'msg_old', OLD),
  ]);
});

const recent = async (brandId: string): Promise<void> => {
  await world.importPhase(brandId, 'recent');
  await world.complete(brandId, 'recent');
};
const remaining = async (brandId: string): Promise<void> => {
  await world.importPhase(brandId, 'remaining');
  await world.complete(brandId, 'remaining');
};

async function threads() {
  return (await world.contents()).threads.map((row) => ({
    brand: row['brand'],
    sources: (row['sources'] as [string][]).map(([id]) => id),
    status: row['status'],
    messages: Number(row['message_count']),
  }));
}

const RIGHT = [
  { brand: A, sources: ['thr_2'], status: 'closed', messages: 1 },
  { brand: B, sources: ['thr_1'], status: 'open', messages: 2 },
  { brand: B, sources: ['thr_b'], status: 'open', messages: 1 },
];

describe('a thread that was moved to a brand after the one before it was imported', () => {
  test('leaves the tallies of both right, is different in both, and a repair moves it', async () => {
    await recent(A);
    await world.move(MOVING, MESSAGES, B);
    await recent(B);
    expect(world.statuses).toEqual(
      new Map([
        [A, 'recent-messages-migrated'],
        [B, 'recent-messages-migrated'],
      ]),
    );

    expect(await verifier.verify([A, B])).toBe('unequal');
    const perBrand = [
      'messages different msg_1 brand',
      'messages different msg_2 brand',
      'threads different thr_1 brand',
    ];
    expect(await verifier.findings(ACCOUNT)).toEqual([...perBrand, ...perBrand]);

    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await verifier.findings(ACCOUNT, 2)).toEqual([]);
    expect(await threads()).toEqual(RIGHT);
    const contents = await world.contents();
    expect(contents.quarantined).toEqual([]);
    expect(contents.messages[0]).toMatchObject({ source_id: 'msg_1', brand: B });
    expect(contents.messages[0]?.['attachments']).toHaveLength(1);

    await remaining(A);
    await remaining(B);
    expect(await verifier.verify([A, B])).toBe('equal');
  });

  test.each([
    { order: 'before it', brands: [B, A] },
    { order: 'after it', brands: [A, B] },
  ])(
    'is repaired also where all messages are in, and the brand that has it now is read $order',
    async ({ brands }) => {
      await world.migrate([A, B]);
      await world.move(MOVING, MESSAGES, B);
      expect(await verifier.verify(brands, true)).toBe('equal');
      expect(await threads()).toMatchObject([...RIGHT.slice(0, 2), { messages: 2 }]);
    },
  );

  test('and a message whose thread stayed behind is quarantined under its new brand', async () => {
    await world.migrate([A, B]);
    await world.put('messages', [{ ...MESSAGES[1], brand_id: B }]);
    expect(await verifier.verify([A, B])).toBe('unequal');
    expect(await verifier.findings(ACCOUNT)).toEqual([
      'messages different msg_2 brand',
      'messages different msg_2 brand',
    ]);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(Object.keys(await world.reasons())).toEqual([`thr_1/${at(4)}#msg_2`]);
    expect(await world.query(`SELECT FROM messages WHERE source_id = 'msg_2'`)).toEqual([]);
  });

  test('and a thread that both brands have stays in the brand that holds it', async () => {
    await world.put('threads', [{ ...MOVING, brand_id: B }]);
    await world.migrate([A, B]);
    expect(await world.reasons()).toEqual({ [`${B}/thr_1`]: 'thread id is held by another brand' });
    expect(await verifier.verify([B, A], true)).toBe('equal');
    expect(await threads()).toMatchObject([{ brand: A, sources: ['thr_1', 'thr_2'] }, { brand: B }]);
  });

  test('and back again leaves no note behind', async () => {
    await recent(A);
    await world.move(MOVING, MESSAGES, B);
    await recent(B);
    await world.move({ ...MOVING, brand_id: B }, MESSAGES, A);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await world.reasons()).toEqual({});
    await remaining(A);
    await remaining(B);
  });
});

test('a quarantined message that moves to another brand leaves the tallies of the first', async () => {
  const up = messageItem(A, 'thr_1', 'msg_up', at(7), { direction: 'up' });
  await world.put('messages', [up]);
  await recent(A);
  await world.put('messages', [{ ...up, brand_id: B }]);
  await recent(B);
  await remaining(A);
  await remaining(B);
  expect(Object.keys(await world.reasons())).toEqual([`thr_1/${at(7)}#msg_up`]);
});

describe('an account whose import ended when recent messages were unequal', () => {
  const unequal = async (): Promise<void> => {
    await world.put('threads', [threadItem(B, 'thr_old', { last_message_at: OLD })]);
    await world.put('messages', [messageItem(B, 'thr_old', 'msg_of_old', OLD)]);
    await recent(A);
    await world.importPhase(B, 'recent');
    await world.query(`DELETE FROM messages WHERE source_id = 'msg_b'`);
    await expect(world.complete(B, 'recent')).rejects.toMatchObject({ type: 'CheckUnequal' });
  };

  test('is verified within the range that was read, repaired, and continued', async () => {
    await unequal();
    expect(await verifier.verify([A, B])).toBe('unequal');
    expect(await verifier.findings(ACCOUNT)).toEqual(['messages missing msg_b']);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await world.query(`SELECT FROM thread_sources WHERE source_id = 'thr_old'`)).toEqual([]);

    await recent(B);
    expect(world.statuses.get(B)).toBe('recent-messages-migrated');
    await remaining(A);
    await remaining(B);
    expect(await verifier.verify([A, B])).toBe('equal');
  });

  test('and an old thread that has had a message since is new, not missing', async () => {
    await unequal();
    const now = new Date().toISOString();
    await world.put('threads', [threadItem(B, 'thr_old', { last_message_at: now })]);
    await world.put('messages', [messageItem(B, 'thr_old', 'msg_new', now)]);
    await verifier.verify([A, B]);
    expect(await verifier.findings(ACCOUNT)).toEqual([
      'messages missing msg_b',
      'messages new msg_new',
      'threads new thr_old',
    ]);
  });

  test('also if the source has changed since: later checks start from the current state', async () => {
    await unequal();
    await world.put('messages', [messageItem(A, 'thr_2', 'msg_3', at(5), { body: 'written anew' })]);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    await recent(B);
    await remaining(A);
    await remaining(B);
  });
});
