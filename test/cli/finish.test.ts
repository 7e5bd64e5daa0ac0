import { describe, expect, it } from 'vitest';
import { joinPolling } from '../../gateways/store/conversations/streams/join.js';
import { accountCommands } from './account-commands.js';

const { carryover, become, account, world } = accountCommands();

describe('carryover finish', () => {
  it('says why there is nothing to finish yet', async () => {
    await carryover(['start', account()]);
    const { status, error } = await carryover(['finish', account(), '--yes']);
    expect(status).toBe(1);
    expect(error).toContain('There is nothing to finish yet: not all messages are migrated');
  });

  it('ends following, which status shows in one line', async () => {
    await carryover(['start', account()]);
    await become('recent-messages-migrated');
    await become('all-messages-migrated');
    const at = new Date('2026-11-02T00:00:00.000Z');
    await joinPolling(
      world().store.pool,
      { accountId: account(), brandIds: [`${account()}_br`], at },
      'CONVERSATIONS_STREAMS is off.',
    );
    const line = async () =>
      (await carryover(['status', account()])).out.split('\n').find((each) => each.startsWith('Followed'));
    expect(await line()).toMatch(
      /^Followed by polling since 2026-11-02 00:00:00, \d+ s behind: 0 added, 0 changed, 0 removed$/,
    );
    for (let time = 0; time < 2; time += 1) {
      expect(await carryover(['finish', account(), '--yes'])).toEqual({
        status: 0,
        out:
          `Following of ${account()} ends with a last verification.\n` +
          `See it with: carryover status ${account()}\n`,
        error: '',
      });
    }
    expect(await line()).toContain('; it is being finished (requested by ann)');
    await world().store.pool.query(
      'UPDATE carryover.followed_accounts SET until = $2 WHERE account_id = $1',
      [account(), at],
    );
    expect((await carryover(['finish', account(), '--yes'])).out).toBe(
      `Following of ${account()} has ended already.\n`,
    );
    expect(JSON.parse((await carryover(['finish', account(), '--yes', '--json'])).out)).toEqual({
      account_id: account(),
      migration_status: 'all-messages-migrated',
      finished: true,
    });
    expect(await line()).toContain(
      'from 2026-11-02 00:00:00 to 2026-11-02 00:00:00: 0 added, 0 changed, 0 removed; finished (requested by ann)',
    );
  });

  it('is in the help', async () => {
    expect((await carryover(['--help'])).out).toMatch(/finish \[options\] <account>\s+end following/);
  });
});
