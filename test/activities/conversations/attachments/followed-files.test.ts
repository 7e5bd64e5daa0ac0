import { beforeEach, describe, expect, test } from 'vitest';
import { createFetchFollowedFiles } from '../../../../activities/conversations/following/fetch-files.js';
import { joinPolling, leave } from '../../../../gateways/store/conversations/streams/join.js';
import { serves } from '../../../gateways/download-server.js';
import { setFlag } from '../../../gateways/store/world.js';
import { type AttachmentsWorld, forAttachments } from './attachments-world.js';

let world: AttachmentsWorld;
forAttachments((opened) => (world = opened));

const JOINING = { accountId: 'acc_1', brandIds: ['br_1', 'br_2'], at: new Date('2026-03-01T10:00:00Z') };
const status = (word: string) =>
  world.store.pool.query(
    `INSERT INTO carryover.migrations (kind, subject, started, status) VALUES ('conversations', 'acc_1', true, $1)
     ON CONFLICT (kind, subject) DO UPDATE SET status = excluded.status`,
    [word],
  );
const fetchFiles = () => createFetchFollowedFiles(world.dependencies())(new AbortController().signal);

/** An attachment of each brand; returns which of them are stored. */
async function attached(): Promise<() => Promise<boolean[]>> {
  world.files.on('/a', serves('x'));
  const ids = [await world.attach('/a', { brand: 'br_1' }), await world.attach('/a', { brand: 'br_2' })];
  return async () => Promise.all(ids.map(async (id) => (await world.row(id))['stored_url'] !== null));
}

describe('attachments of messages that following imports', () => {
  beforeEach(async () => {
    await world.store.pool.query('TRUNCATE carryover.followed_accounts CASCADE');
    await status('all-messages-migrated');
  });

  test('are fetched for all brands, and a second call has nothing to do', async () => {
    await joinPolling(world.store.pool, JOINING);
    const stored = await attached();
    await fetchFiles();
    expect(await stored()).toEqual([true, true]);
    await fetchFiles();
    expect(world.files.asked).toHaveLength(2);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['an account is not followed', async () => undefined],
    [
      'following has ended',
      async () => {
        await joinPolling(world.store.pool, JOINING);
        await world.store.within((tx) => leave(tx, 'acc_1', JOINING.at));
      },
    ],
    [
      "the brands' own workflows still do that",
      async () => {
        await joinPolling(world.store.pool, JOINING);
        await status('recent-messages-migrated');
      },
    ],
    [
      'the migration is paused',
      async () => {
        await joinPolling(world.store.pool, JOINING);
        await setFlag(world.store.pool, 'acc_1', 'paused', { by: 'ann' });
      },
    ],
  ])('are left alone while %s', async (_what, prepare) => {
    await prepare();
    const stored = await attached();
    await fetchFiles();
    expect(await stored()).toEqual([false, false]);
  });
});
