import { describe, expect, it } from 'vitest';
import { accountCommands } from './account-commands.js';

const { carryover, become, account, world, conversations } = accountCommands();

describe('carryover start', () => {
  it('starts a migration, and answers the same while it runs', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await carryover(['start', account()])).toEqual({
        status: 0,
        out: `The migration of ${account()} runs: migrating.\nWatch it with: carryover watch ${account()}\n`,
        error: '',
      });
    }
  });

  it('says that the started migration is paused, and how to resume it', async () => {
    await carryover(['start', account()]);
    await carryover(['pause', account()]);
    expect((await carryover(['start', account()])).out).toContain(
      `It is paused by ann. Resume it with: carryover resume ${account()}\n`,
    );
  });

  it('says that there is nothing to start when all is migrated', async () => {
    await carryover(['start', account()]);
    await become('recent-messages-migrated');
    await become('all-messages-migrated');
    const { status, out } = await carryover(['start', account()]);
    expect({ status, out }).toEqual({
      status: 0,
      out: `All messages of ${account()} are migrated; there is nothing to start.\n`,
    });
  });

  it('says why an account cannot be started, and what to do', async () => {
    const closed = 'acc_closed';
    conversations().records.set(closed, { name: 'Closed', status: 'closed' });
    expect(await carryover(['start', closed])).toEqual({
      status: 1,
      out: '',
      error:
        `Not started. Account ${closed} is closed in Conversations.\n` +
        'Reopen the account in Conversations, then start the migration again.\n',
    });
  });

  it('says that it cannot reach Conversations, and when to try again', async () => {
    conversations().trouble = { status: 503 };
    const { status, error } = await carryover(['start', 'acc_unknown']);
    conversations().trouble = undefined;
    expect(status).toBe(1);
    expect(error).toMatch(/Try again in \d+ s\.\n$/);
  });
});

describe('carryover explain', () => {
  it('says why a migration waits and what to do, with the facts', async () => {
    await carryover(['start', account()]);
    await carryover(['pause', account()]);
    const { status, out } = await carryover(['explain', account()]);
    expect(status).toBe(0);
    const [sentence, next, , ...facts] = out.trimEnd().split('\n');
    expect(sentence).toMatch(new RegExp(`^Account ${account()} is paused: ann paused it at 2.* UTC\\.$`));
    expect(next).toBe(`Next: Resume it: carryover resume ${account()}`);
    expect(facts).toEqual([
      expect.stringMatching(/^status {4}migrating$/),
      'reason    paused',
      expect.stringMatching(/^since {5}2/),
      'by        ann',
      'Temporal  answers',
    ]);
  });

  it('prints the API’s answer as JSON', async () => {
    const { out } = await carryover(['explain', account(), '--json']);
    expect(JSON.parse(out)).toMatchObject({ key: account(), reason: 'not-started', waiting: false });
  });
});

describe('carryover status', () => {
  it('shows progress, channels and links', async () => {
    await carryover(['start', account()]);
    const { status, out } = await carryover(['status', account()]);
    expect(status).toBe(0);
    expect(out).toContain('Lakeside Dental  migrating');
    expect(out).toMatch(/Lakeside {2}recent {5}░+ {2}waits/);
    expect(out).toMatch(new RegExp(`Lakeside {2}${account()}_ch {2}sms {3}\\+15550001111 {2}pending`));
    expect(out).toContain(
      `Temporal: http://127.0.0.1:8233/namespaces/default/workflows/migration%3A${account()}`,
    );
  });

  it('prints the API’s answer as JSON', async () => {
    const { out } = await carryover(['status', account(), '--json']);
    expect(JSON.parse(out)).toMatchObject({ account_id: account(), migration_status: 'pending' });
  });

  it('says that it does not know an account, and what to do', async () => {
    const { status, out, error } = await carryover(['status', 'acc_unknown']);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(error).toContain(
      'Check the account id; "carryover list" shows the accounts that Carryover knows.',
    );
  });
});

describe('carryover list', () => {
  it('lists migrations, the latest change first, all or those with one status', async () => {
    await carryover(['start', account()]);
    const { status, out } = await carryover(['list']);
    expect(status).toBe(0);
    expect(out.split('\n')[0]).toMatch(/^ACCOUNT {2,}STATUS {2,}CHANGED {2,}NAME$/);
    expect(out.split('\n')[1]).toMatch(new RegExp(`^${account()} {2}migrating .* Lakeside Dental$`));
    expect((await carryover(['list', '--status', 'recent-messages-failure'])).out).toBe(
      'No account is recent-messages-failure.\n',
    );
  });

  it('reads as many pages as the limit needs', async () => {
    await world().store.pool.query(
      `WITH a AS (INSERT INTO carryover.migrations (kind, subject, name, status)
         SELECT 'conversations', 'many_' || n, 'Many', 'pending' FROM generate_series(1, 250) n RETURNING subject)
       INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
         SELECT 'conversations', subject, '{}', 1, now() FROM a`,
    );
    const listed = JSON.parse((await carryover(['list', '--limit', '230', '--json'])).out) as {
      account_id: string;
    }[];
    expect(new Set(listed.map(({ account_id }) => account_id)).size).toBe(230);
    const { out } = await carryover(['list', '--limit', '10']);
    expect(out.trimEnd().split('\n')).toHaveLength(12);
    expect(out).toContain('There are more: --limit 20.');
    await world().store.pool.query(`DELETE FROM carryover.status_documents WHERE subject LIKE 'many%'`);
    await world().store.pool.query(`DELETE FROM carryover.migrations WHERE subject LIKE 'many%'`);
  });
});

describe('carryover pause, resume, cancel, retry', () => {
  it('steer a migration, and the audit shows who did', async () => {
    await carryover(['start', account()]);
    for (const [action, words] of [
      ['pause', 'is paused'],
      ['resume', 'continues'],
      ['cancel', 'is being cancelled'],
      ['retry', 'retries its failed work'],
    ] as const) {
      const { status, out } = await carryover([action, account()]);
      expect({ status, out }).toEqual({
        status: 0,
        out: expect.stringContaining(`The migration of ${account()} ${words}`),
      });
    }
    const { out } = await carryover(['audit', account()]);
    const rows = out.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(/ {2,}/).slice(1, 4))).toEqual(
      ['retry', 'cancel', 'resume', 'pause', 'start'].map((action) => [action, 'ann', 'operator']),
    );
    expect(JSON.parse((await carryover(['audit', account(), '--limit', '1', '--json'])).out)).toHaveLength(1);
    await carryover(['retry', account()]);
    await world().store.pool.query(
      `UPDATE carryover.audit_entries SET times = 4, last_at = '2026-11-21T10:00:00Z' WHERE id = (SELECT max(id) FROM carryover.audit_entries)`,
    );
    expect((await carryover(['audit', account()])).out.split('\n')[1]).toMatch(
      /  4 times, the last 2026-11-21 10:00:00$/,
    );
  });

  it("print the API's answer with --json", async () => {
    const answers = [];
    for (const command of ['start', 'pause', 'resume', 'cancel', 'retry']) {
      const { status, out } = await carryover([command, account(), '--json']);
      expect(status).toBe(0);
      answers.push(JSON.parse(out) as unknown);
    }
    expect(answers).toEqual(
      answers.map(() =>
        expect.objectContaining({ account_id: account(), migration_status: expect.any(String) }),
      ),
    );
    const closed = `${account()}_closed`;
    conversations().records.set(closed, { name: 'Closed', status: 'closed' });
    const refused = await carryover(['start', closed, '--json']);
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.out)).toHaveProperty('failure.next_step');
  });

  it('say that there is nothing to steer yet', async () => {
    const { status, error } = await carryover(['pause', account()]);
    expect(status).toBe(1);
    expect(error).toContain('has not been started');
  });

  it('say that nobody has done anything yet', async () => {
    expect((await carryover(['audit', account()])).out).toBe(
      `Nobody has done anything to ${account()} yet.\n`,
    );
  });
});
