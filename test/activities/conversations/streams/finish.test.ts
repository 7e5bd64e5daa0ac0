import { afterEach, beforeEach, expect, test } from 'vitest';
import { finishFollowing, finishNow } from '../../../../gateways/store/conversations/finishing/finish.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import type { ImportWorld } from '../import/import-world.js';
import { messageItem, threadItem } from '../import/source-items.js';
import type { Verifier } from '../verification/verification-world.js';
import type { ChangingBrands } from './changing-brands.js';
import { A, ACCOUNT, MigratedWorld, NOW } from './migrated-world.js';

/** Of the message that was the fourth at first. */
const AT = '2026-10-02T03:00:00.000Z';

let world: ImportWorld;
let verifier: Verifier;
let brands: ChangingBrands;

beforeEach(async () => {
  ({ world, verifier, brands } = await MigratedWorld.open());
});

afterEach(() => world.close());

const until = async () =>
  (await world.query<{ until: Date | null }>('SELECT until FROM carryover.followed_accounts'))[0]?.until;
const certificate = async () => {
  const [row] = await world.query<{ document: string }>(
    'SELECT document FROM carryover.certificates ORDER BY id DESC LIMIT 1',
  );
  return (JSON.parse(row!.document) as { certificate: Record<string, unknown> }).certificate;
};

test('changes that a polled account has missed are here once it is finished, and the new certificate counts removals', async () => {
  await brands.change(0);
  const by = { by: 'ann', at: NOW.toISOString() };
  await transaction(world.pool, 'test', (tx) => finishNow(tx, ACCOUNT, by));
  // Finds the one that was asked for.
  expect(await verifier.verify([A], true)).toBe('equal');
  expect(await brands.isHeld(A)).toBe(true);
  expect(await until()).toEqual(expect.any(Date));
  expect(await certificate()).toMatchObject({
    made_after: 'verification',
    brands: [{ brand_id: A, held: { messages: 40, removed: 5 } }],
    totals: { held: { removed: 5 } },
  });
});

test.each([
  ['message', 'messages', messageItem(A, `thr_${A}`, `msg_${A}_3`, AT, { direction: 'sideways' }), 1, 39],
  ['thread', 'threads', threadItem(A, `thr_${A}`, { kind: 'pigeon' }), 41, 0],
] as const)(
  'a %s that cannot be taken any more is in quarantine once a polled account is finished',
  async (_, table, item, quarantined, held) => {
    await world.put(table, [item]);
    await transaction(world.pool, 'test', (tx) =>
      finishNow(tx, ACCOUNT, { by: 'ann', at: NOW.toISOString() }),
    );
    expect(await verifier.verify([A], true)).toBe('equal');
    expect(await world.query('SELECT FROM quarantined_records')).toHaveLength(quarantined);
    expect((await brands.held(A)).size).toBe(held);
    expect(await until()).toEqual(expect.any(Date));
  },
);

test('an account whose repair changes what another record depends on is compared again, until all is equal', async () => {
  // The newer of two threads of one contact has given the name, and loses it.
  const contact = { c2: 'visitor', last_message_at: '2026-11-01T00:00:00.000Z', c2_name: 'Ann' };
  const older = { ...contact, last_message_at: '2026-10-01T00:00:00.000Z', c2_name: 'Anna' };
  await world.put('threads', [threadItem(A, 'thr_newer', contact), threadItem(A, 'thr_older', older)]);
  expect(await verifier.verify([A], true)).toBe('equal');
  const name = () => world.query(`SELECT source_name FROM contacts WHERE identity = 'visitor'`);
  expect(await name()).toEqual([{ source_name: 'Ann' }]);
  await world.put('threads', [threadItem(A, 'thr_newer', { ...contact, c2_name: undefined })]);

  await transaction(world.pool, 'test', (tx) => finishNow(tx, ACCOUNT, { by: 'ann', at: NOW.toISOString() }));
  expect(await verifier.verify([A], true)).toBe('unequal');
  expect(await until()).toBeNull();
  const limits = { idleHours: 24, maxDays: 60 };
  expect((await finishFollowing(world.pool, limits, NOW)).asked).toEqual([ACCOUNT]);
  expect(await verifier.verify([A], true)).toBe('equal');
  expect(await name()).toEqual([{ source_name: 'Anna' }]);
  expect(await until()).toEqual(expect.any(Date));
  expect(await certificate()).toMatchObject({ made_after: 'verification' });
});

test('an account that is finished automatically ends once a pass has found nothing new', async () => {
  const limits = { idleHours: 24, maxDays: 60 };
  const look = async (hours: number) =>
    (await finishFollowing(world.pool, limits, new Date(NOW.getTime() + hours * 3_600_000))).asked;
  await world.query('DELETE FROM carryover.followings');
  await world.query(`UPDATE carryover.polled_brands SET polled_at = $1::timestamptz + interval '1 day'`, [
    NOW,
  ]);
  expect(await look(23)).toEqual([]);
  expect(await look(24)).toEqual([ACCOUNT]);
  await brands.change(0);
  expect(await verifier.verify([A], true)).toBe('equal');
  expect(await brands.isHeld(A)).toBe(true);
  expect(await until()).toBeNull();

  await world.query(
    `UPDATE carryover.verifications SET ended_at = ended_at - interval '1 day', asked_at = asked_at - interval '1 day'`,
  );
  await world.query(`UPDATE carryover.followings SET last_at = $1`, [NOW]);
  expect(await look(24)).toEqual([ACCOUNT]);
  expect(await verifier.verify([A], true)).toBe('equal');
  expect(await until()).toEqual(expect.any(Date));
});
