import { describe, expect, test } from 'vitest';
import { forThisFile } from '../../support/for-this-file.js';
import { FollowedAccounts } from './followed-accounts.js';
import type { ListedFailure } from './followed-accounts.js';

let accounts: FollowedAccounts;
forThisFile(
  () => FollowedAccounts.open(),
  (opened) => (accounts = opened),
);

describe('GET /v2/failures?kind=following', () => {
  test('lists a stream that is late, for no single account', async () => {
    await accounts.query(
      `INSERT INTO carryover.follow_tables (source_table, stream_arn) VALUES ('messages', 'arn:1')`,
    );
    await accounts.query(
      `INSERT INTO carryover.follow_shards (source_table, shard_id, read_until) VALUES ('messages', 's1', now() - interval '4 minutes')`,
    );
    expect(await accounts.failures()).toEqual([]);
    await accounts.query(`UPDATE carryover.follow_shards SET read_until = now() - interval '90 minutes'`);
    expect(await accounts.failures()).toMatchObject([
      {
        kind: 'following',
        account_id: '',
        brand_id: '',
        what: 'stream of the table of messages',
        message: expect.stringContaining('90 minutes later'),
        next_step: expect.stringContaining('Check that workers run'),
        command: 'carryover failures',
      },
    ]);
    expect(await accounts.failures(await accounts.followed('plain'))).toEqual([]);
    await accounts.query('DELETE FROM carryover.follow_tables');
  });

  test('lists brands that were not polled for long, with the reason of the source', async () => {
    const accountId = await accounts.followed('unpolled');
    await accounts.polled(accountId, '14 minutes');
    expect(await accounts.failures(accountId)).toEqual([]);
    await accounts.polled(accountId, '90 minutes');
    const failure = JSON.stringify({
      type: 'SourceRefused',
      message: 'The source refuses.',
      at: '2026-01-01T00:00:00Z',
    });
    await accounts.query('UPDATE carryover.polled_brands SET failure = $1 WHERE brand_id = $2', [
      failure,
      'br_unpolled',
    ]);
    expect(await accounts.failures(accountId)).toMatchObject([
      {
        account_id: accountId,
        brand_id: 'br_unpolled',
        what: 'new messages of brand br_unpolled',
        message: 'The source was not polled for 90 minutes. The source refuses.',
        next_step: expect.stringContaining('by_brand'),
        command: `carryover status ${accountId}`,
      },
    ]);
    await accounts.query('UPDATE carryover.migrations SET paused = $2 WHERE subject = $1', [
      accountId,
      { by: 'ann' },
    ]);
    expect(await accounts.failures(accountId)).toEqual([]);
  });

  test('lists changes that were missed, and those that wait', async () => {
    const accountId = await accounts.followed('missed');
    await accounts.query(
      `UPDATE carryover.followed_brands SET gap = jsonb_build_object('reason', 'too-old', 'until', now()) WHERE account_id = $1`,
      [accountId],
    );
    await accounts.query(
      `INSERT INTO carryover.waiting_hints (brand_id, source_table, key_hash, key, since)
       SELECT id, 'messages', 'h' || n, '[]', now() - interval '59 minutes' FROM brands, generate_series(1, 2) n WHERE source_id = 'br_missed'`,
    );
    const gap = {
      brand_id: 'br_missed',
      message: 'The stream no longer kept changes that were not read yet: some are missing.',
      command: `carryover verify ${accountId} --repair`,
    };
    expect(await accounts.failures(accountId)).toMatchObject([gap]);
    await accounts.query(`UPDATE carryover.waiting_hints SET since = now() - interval '2 hours'`);
    expect(await accounts.failures(accountId)).toMatchObject([
      gap,
      {
        brand_id: 'br_missed',
        what: '2 changes of brand br_missed',
        command: `carryover status ${accountId}`,
      },
    ]);
    const page = await accounts.get<{ next_cursor: string; failures: ListedFailure[] }>(
      `/v2/failures?account_id=${accountId}&limit=1`,
    );
    const next = await accounts.get<{ failures: ListedFailure[] }>(
      `/v2/failures?account_id=${accountId}&limit=1&cursor=${page.next_cursor}`,
    );
    expect(next.failures).toMatchObject([{ what: '2 changes of brand br_missed' }]);
    await accounts.query('UPDATE carryover.migrations SET paused = $2 WHERE subject = $1', [
      accountId,
      { by: 'ann' },
    ]);
    expect(await accounts.failures(accountId)).toMatchObject([{ command: `carryover resume ${accountId}` }]);
    const { counts } = await accounts.get<{ counts: Record<string, number> }>('/v2/report');
    expect(counts['following']).toBe(1);
  });

  test('lists an account whose following has ended by its time, until a repair has brought the rest', async () => {
    const accountId = await accounts.followed('long');
    await accounts.port(accountId, 'foc');
    await accounts.finish(accountId);
    await accounts.query(
      `UPDATE carryover.followed_accounts SET finishing = finishing || '{"reason": "max-days"}', since = now() - interval '60 days'
       WHERE account_id = $1`,
      [accountId],
    );
    expect(await accounts.failures(accountId)).toEqual([]);
    await accounts.end(accountId);
    expect(await accounts.failures(accountId)).toMatchObject([
      {
        account_id: accountId,
        brand_id: '',
        what: `following of account ${accountId}`,
        message: expect.stringContaining('after 60 days (FOLLOW_MAX_DAYS), while 1 port was open'),
        next_step: expect.stringContaining('Settle the open ports (1)'),
        command: `carryover status ${accountId}`,
      },
    ]);
    await accounts.query(
      `UPDATE phone_portings SET status = 'complete', status_at = now() WHERE status = 'foc'`,
    );
    const repair = `carryover verify ${accountId} --repair`;
    expect(await accounts.failures(accountId)).toMatchObject([{ command: repair }]);
    await accounts.query(
      `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at)
       VALUES ('conversations', $1, true, 'equal', 'ann', now())`,
      [accountId],
    );
    expect(await accounts.failures(accountId)).toEqual([]);
  });

  test('lists a ported number whose last messages are awaited', async () => {
    const accountId = await accounts.followed('ported');
    await accounts.port(accountId, 'complete');
    const since = (ago: string) =>
      accounts.query('UPDATE phone_portings SET catching_up_since = now() - $1::interval', [ago]);
    await since('1 minute');
    expect(await accounts.failures(accountId)).toEqual([]);
    await since('5 minutes');
    expect(await accounts.failures(accountId)).toMatchObject([
      {
        account_id: accountId,
        what: 'the number of channel ch_ported',
        message: expect.stringContaining('awaited for 5 minutes'),
        next_step: expect.stringContaining('may read the source'),
        command: `carryover status ${accountId}`,
      },
    ]);
  });
});
