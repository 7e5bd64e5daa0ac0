import { beforeEach, describe, expect, test } from 'vitest';
import type { Phase } from '../../../../domain/conversations/phases.js';
import type { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import { A, ACCOUNT, at, B, OLD } from './verification-account.js';
import { forVerifiedWorld, type Verifier } from './verification-world.js';

const MOVING = threadItem(A, 'thr_1');
const MESSAGES = [messageItem(A, 'thr_1', 'msg_1', at(3)), messageItem(A, 'thr_1', 'msg_2', at(4))];

let world: ImportWorld;
let verifier: Verifier;
forVerifiedWorld((...opened) => ([world, verifier] = opened));
beforeEach(async () => {
  await world.account(ACCOUNT, A, B);
  await world.put('threads', [MOVING, threadItem(A, 'thr_a'), threadItem(B, 'thr_b')]);
  await world.put('messages', [
    ...MESSAGES,
    messageItem(A, 'thr_a', 'msg_a', at(5)),
    messageItem(A, 'thr_a', 'msg_old', OLD),
    messageItem(B, 'thr_b', 'msg_b', at(6)),
  ]);
});

const run = async (brandId: string, phase: Phase): Promise<void> => {
  await world.importPhase(brandId, phase);
  await world.complete(brandId, phase);
};

const ORDERS = [{ order: [A, B] }, { order: [B, A] }];

describe('a takeover from a brand that is not verified with the other one', () => {
  test('is repaired once that brand has read its remaining messages, and the account ends', async () => {
    await run(A, 'recent');
    await run(B, 'recent');
    await run(B, 'remaining');
    // Its last phase is planned and not read: the verification leaves the brand out.
    await world.attempt(A, 'remaining', { timeLimitMs: 0 });
    await world.move(MOVING, MESSAGES, B);
    expect(await verifier.verify([A, B], true)).toBe('unequal');
    expect(await verifier.findings(ACCOUNT, 2)).toEqual([]);

    await world.importPhase(A, 'remaining');
    await expect(world.complete(A, 'remaining')).rejects.toMatchObject({ type: 'CheckUnequal' });
    expect(await verifier.verify([A, B], true)).toBe('equal');
    await run(A, 'remaining');
    expect([...world.statuses.values()]).toEqual(['all-messages-migrated', 'all-messages-migrated']);
    expect(await verifier.verify([A, B])).toBe('equal');
  });

  test('needs no repair when that brand had read nothing', async () => {
    await world.attempt(A, 'recent', { timeLimitMs: 0 });
    await run(B, 'recent');
    await run(B, 'remaining');
    await world.move(MOVING, MESSAGES, B);
    await verifier.verify([A, B], true);
    await run(A, 'recent');
    await run(A, 'remaining');
    expect(await verifier.verify([A, B])).toBe('equal');
  });
});

describe('a quarantined record that moves to another brand', () => {
  const quarantinedIn = () =>
    world.query(`SELECT b.source_id AS brand, q.source_id AS id FROM quarantined_records q
      JOIN brands b ON b.id = q.brand_id ORDER BY q.source_id`);

  test.each(ORDERS)('differs in both, and a repair moves it, in order $order', async ({ order }) => {
    const refused = messageItem(A, 'thr_1', 'msg_up', at(7), { direction: 'up' });
    const broken = threadItem(A, 'thr_x', { kind: 'pigeon' });
    const of = messageItem(A, 'thr_x', 'msg_x', at(7));
    await world.put('threads', [broken]);
    await world.put('messages', [refused, of]);
    await world.migrate([A, B]);
    await world.move(broken, [refused, of], B);
    expect(await verifier.verify(order)).toBe('unequal');
    const perBrand = ['msg_up', 'msg_x', 'thr_x'].map((id) => `quarantined_records different ${id} brand`);
    expect(await verifier.findings(ACCOUNT)).toEqual([...perBrand, ...perBrand]);
    expect(await verifier.verify(order, true)).toBe('equal');
    expect(await quarantinedIn()).toEqual(['msg_up', 'msg_x', 'thr_x'].map((id) => ({ brand: B, id })));
  });

  test.each(ORDERS)('leaves it where the other brand has its thread, in order $order', async ({ order }) => {
    const threadless = messageItem(A, 'thr_none', 'msg_none', at(7));
    await world.put('messages', [threadless]);
    await world.migrate([A, B]);
    await world.put('threads', [threadItem(B, 'thr_none')]);
    await world.put('messages', [{ ...threadless, brand_id: B }]);
    expect(await verifier.verify(order, true)).toBe('equal');
    expect(await quarantinedIn()).toEqual([]);
  });
});

describe('a superseded copy that moves to another brand', () => {
  const THREAD = threadItem(A, 'thr_a');
  const COPY = messageItem(A, 'thr_a', 'msg_1', at(8));
  const OTHERS = [messageItem(A, 'thr_a', 'msg_a', at(5)), messageItem(A, 'thr_a', 'msg_old', OLD)];
  const IN_B = [{ brand: B, source_key: `thr_a/${at(8)}#msg_1` }];
  beforeEach(() => world.put('messages', [COPY]));

  test.each(ORDERS)('differs in both, and a repair moves it, in order $order', async ({ order }) => {
    await world.migrate([A, B]);
    await world.put('messages', [{ ...COPY, brand_id: B }]);
    expect(await verifier.verify(order)).toBe('unequal');
    const perBrand = 'superseded_copies different msg_1 brand';
    expect(await verifier.findings(ACCOUNT)).toEqual([perBrand, perBrand]);
    expect(await verifier.verify(order, true)).toBe('equal');
    expect((await world.contents()).superseded).toMatchObject(IN_B);
  });

  test.each(ORDERS)('is moved with its thread and its messages, in order $order', async ({ order }) => {
    await world.migrate([A, B]);
    await world.move(THREAD, [COPY, ...OTHERS], B);
    expect(await verifier.verify(order, true)).toBe('equal');
    expect((await world.contents()).superseded).toMatchObject(IN_B);
    expect((await world.contents()).messages[0]).toMatchObject({ brand: A, source_thread_id: 'thr_1' });
  });

  test('between the phases, and back again, fails no check', async () => {
    await run(A, 'recent');
    await world.put('messages', [{ ...COPY, brand_id: B }]);
    await run(B, 'recent');
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect((await world.contents()).superseded).toMatchObject(IN_B);
    await world.put('messages', [COPY]);
    await run(A, 'remaining');
    await run(B, 'remaining');
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect((await world.contents()).superseded).toMatchObject([{ ...IN_B[0], brand: A }]);
  });
});

describe('what a person has edited in a thread that moves to another brand', () => {
  const statusOf = async (threadId: string) =>
    (await world.contents()).threads
      .filter((row) => (row['sources'] as [string][]).some(([id]) => id === threadId))
      .map((row) => [row['brand'], row['status'], row['name']]);
  const edited = async (): Promise<void> => {
    await world.migrate([A, B]);
    await world.query(`UPDATE message_threads SET status = 'closed'
      WHERE id = (SELECT thread_id FROM thread_sources WHERE source_id = 'thr_1')`);
    await world.query(`UPDATE contacts SET name = 'Ann' WHERE identity = 'visitor of thr_1'`);
  };

  test('is kept by a repair', async () => {
    await edited();
    await world.move(MOVING, MESSAGES, B);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await statusOf('thr_1')).toEqual([[B, 'closed', 'Ann']]);
  });

  test('gives way to a later change at the source', async () => {
    await edited();
    await world.move({ ...MOVING, status: 'archived' }, MESSAGES, B);
    expect(await verifier.verify([A, B], true)).toBe('equal');
    expect(await statusOf('thr_1')).toEqual([[B, 'archived', 'Ann']]);
  });
});
