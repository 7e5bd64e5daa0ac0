import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImportWorld } from './import-world.js';
import { messageItem, threadItem } from './source-items.js';

const [A, B] = ['br_1_1', 'br_1_2'] as const;
const RECENT = '2026-10-15T12:00:00.000Z';
const LATER = '2026-10-20T12:00:00.000Z';
const OLD = '2025-03-01T12:00:00.000Z';

/** As a migration that changes the definition leaves it: sums that say nothing any more. */
const OUTDATED = `
  UPDATE carryover.tallies SET digest = digest + 1, parts_digest = parts_digest + 1;
  UPDATE carryover.superseded_copies SET digest = digest + 1;
  UPDATE carryover.phases SET digest_version = digest_version - 1`;

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: 5 });
  await world.account('acc_1', A, B);
  await world.put('threads', [threadItem(A, 'thr_1'), threadItem(A, 'thr_2')]);
  await world.put('messages', [
    messageItem(A, 'thr_1', 'msg_1', RECENT, {
      attachments: [{ attachment_id: 'f', url: 'http://files.example/f' }],
    }),
    messageItem(A, 'thr_1', 'msg_twice', RECENT),
    messageItem(A, 'thr_2', 'msg_twice', LATER),
    messageItem(A, 'thr_gone', 'msg_2', RECENT),
    messageItem(A, 'thr_2', 'msg_up', RECENT, { direction: 'up' }),
    messageItem(A, 'thr_2', 'msg_old', OLD),
  ]);
});

afterEach(() => world.close());

describe('digest sums of an older definition are recomputed', () => {
  test('by the phase that computed them', async () => {
    await world.importPhase(A, 'recent');
    await world.query(OUTDATED);
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    expect(world.statuses.get(A)).toBe('recent-messages-migrated');
  });

  test('by the next phase, whose check covers both', async () => {
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    const before = await world.contents();
    await world.query(OUTDATED);
    await world.importPhase(A, 'remaining');
    await world.complete(A, 'remaining');
    expect(world.statuses.get(A)).toBe('all-messages-migrated');
    const { quarantined, superseded } = await world.contents();
    expect({ quarantined, superseded }).toEqual({
      quarantined: before.quarantined,
      superseded: before.superseded,
    });
  });

  test('in the middle of it too', async () => {
    await world.importPhase(A, 'recent');
    await world.complete(A, 'recent');
    await world.importPhase(A, 'remaining');
    await world.query(OUTDATED);
    await world.importPhase(A, 'remaining');
    await world.complete(A, 'remaining');
    expect(world.statuses.get(A)).toBe('all-messages-migrated');
  });
});

test('a worker whose digests are not the store’s imports nothing', async () => {
  await world.query(
    'CREATE OR REPLACE FUNCTION digest_version() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 99',
  );
  await expect(world.attempt(A, 'recent')).rejects.toMatchObject({ type: 'StoreUnavailable' });
  expect(await world.query('SELECT FROM messages')).toEqual([]);
});
