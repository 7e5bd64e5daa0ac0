import { describe, expect, test } from 'vitest';
import { forThisFile } from '../../support/for-this-file.js';
import { tokenFor } from '../world.js';
import { FollowedAccounts, NOT_BY_STREAM } from './followed-accounts.js';

let accounts: FollowedAccounts;
forThisFile(
  () => FollowedAccounts.open(),
  (opened) => (accounts = opened),
);

const problem = async (accountId: string) => {
  const answer = await accounts.finish(accountId);
  return { status: answer.statusCode, detail: answer.json<{ detail: string }>().detail };
};

describe('POST /v2/migrations/{account_id}/finish', () => {
  test('ends following with a last verification; a second call changes nothing', async () => {
    const accountId = await accounts.followed('plain');
    expect(await accounts.following(accountId)).toMatchObject({
      by: 'poll',
      until: null,
      finishing: null,
      note: `It is polled, since it cannot be followed by streams. ${NOT_BY_STREAM}`,
    });
    const under = {
      account_id: accountId,
      migration_status: 'all-messages-migrated',
      finished: false,
    };
    for (let time = 0; time < 2; time += 1) {
      const answer = await accounts.finish(accountId);
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toEqual(under);
    }
    expect(await accounts.get(`/v2/migrations/${accountId}`)).toMatchObject({
      following: {
        until: null,
        finishing: { reason: 'operator', by: 'somebody-operator', open_ports: null },
      },
      verification: { state: 'running', repair: true, asked_by: 'somebody-operator' },
    });
    await accounts.end(accountId);
    expect(await accounts.following(accountId)).toMatchObject({
      until: expect.any(String),
      finishing: { reason: 'operator', open_ports: 0 },
    });
    expect((await accounts.finish(accountId)).json()).toEqual({ ...under, finished: true });
    const { entries } = await accounts.get<{ entries: { action: string; actor: string }[] }>(
      `/v2/audit?account_id=${accountId}`,
    );
    expect(entries.filter(({ action }) => action === 'finish')).toMatchObject(
      Array.from({ length: 3 }, () => ({ actor: 'somebody-operator' })),
    );
    expect(
      await accounts.query('SELECT FROM carryover.verifications WHERE subject = $1', [accountId]),
    ).toHaveLength(1);
  });

  test('says why there is nothing to finish yet', async () => {
    const accountId = await accounts.known('early');
    expect(await problem(accountId)).toEqual({
      status: 409,
      detail: expect.stringContaining('not been started'),
    });
    await accounts.world.call('POST', '/v2/start-migration', {
      token: await tokenFor('service'),
      body: { account_id: accountId },
    });
    expect(await problem(accountId)).toEqual({
      status: 409,
      detail: expect.stringContaining('not all messages'),
    });
    await accounts.call(accountId, 'cancel');
    expect(await problem(accountId)).toEqual({
      status: 409,
      detail: expect.stringContaining('is cancelled'),
    });
  });

  test('refuses a paused account, and one that was never followed', async () => {
    const paused = await accounts.followed('paused');
    await accounts.query('UPDATE carryover.migrations SET paused = $2 WHERE subject = $1', [
      paused,
      { by: 'ann' },
    ]);
    expect(await problem(paused)).toEqual({ status: 409, detail: expect.stringContaining('is paused') });

    const dump = await accounts.followed('dump');
    await accounts.query('DELETE FROM carryover.followed_accounts WHERE account_id = $1', [dump]);
    await accounts.query(
      `UPDATE accounts SET migration = migration || '{"dump": {"bucket": "b", "prefix": "p"}}' WHERE source_id = $1`,
      [dump],
    );
    expect(await problem(dump)).toEqual({ status: 409, detail: expect.stringContaining('never followed') });
    expect(await accounts.following(dump)).toMatchObject({
      by: null,
      since: null,
      added: 0,
      note: expect.stringContaining('a dump, which cannot be followed'),
    });
  });

  test('is for operators; 404 for an unknown account', async () => {
    const accountId = await accounts.followed('roles');
    expect((await accounts.finish(accountId, await tokenFor('service'))).statusCode).toBe(403);
    expect((await accounts.finish(accountId, await tokenFor('app', accountId))).statusCode).toBe(403);
    expect((await accounts.finish('acc_nobody')).statusCode).toBe(404);
  });

  test('a port that is ordered again keeps the account followed, and a finished account is followed again', async () => {
    const accountId = await accounts.followed('again');
    await accounts.port(accountId, 'refused');
    await accounts.finish(accountId);
    await accounts.call(accountId, 'retry');
    await accounts.end(accountId);
    expect(await accounts.following(accountId)).toMatchObject({ until: null, finishing: null });

    await accounts.finish(accountId);
    await accounts.end(accountId);
    await accounts.query(
      `UPDATE phone_portings SET status = 'cancelled' WHERE port_order_id IS NULL OR true`,
    );
    await accounts.call(accountId, 'retry');
    expect(
      await accounts.query(
        'SELECT until IS NULL AS open, again FROM carryover.followed_accounts WHERE account_id = $1',
        [accountId],
      ),
    ).toEqual([{ open: false, again: true }]);
  });
});
