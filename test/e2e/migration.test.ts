import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerificationView } from '../../api/conversations/schemas/verification.js';
import { accountCertificates } from '../../domain/conversations/certificate-figures.js';
import { checkCertificate } from '../../domain/engine/proof/certificate-check.js';
import { type Carryover, startCarryover, until } from './carryover.js';
import { statusOf, statusesUntilDone } from './more-accounts.js';
import { expectStoreToHold } from './plain-reading.js';

const PATH = '/v2/migrations/acc_7';

describe('an account goes from Conversations to the helpdesk over HTTP, on real servers and processes', () => {
  let carryover: Carryover;
  let accountId: string;

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 7, accountId: 'acc_7', threads: 200, messages: 3_000, dirt: 'all' },
    });
    accountId = carryover.world.account.accountId;
  });
  afterAll(async () => {
    await carryover?.stop();
  });

  const verified = async (body?: object): Promise<VerificationView> => {
    expect((await carryover.call('POST', `${PATH}/verify`, body)).status).toBe(202);
    let view: VerificationView | null = null;
    await until(async () => {
      view = ((await carryover.call('GET', PATH)).body as { verification: VerificationView | null })
        .verification;
      return view !== null && view.state !== 'running';
    });
    return view as unknown as VerificationView;
  };
  const certificate = async () => {
    const { body } = await carryover.call('GET', `${PATH}/certificate`);
    return body as {
      certificate: { made_after: string; code: { version: string }; workflow: { id: string } };
    };
  };
  const named = ({ brands }: VerificationView) =>
    brands.flatMap(({ differences }) =>
      differences.flatMap(({ table, difference, samples }) =>
        samples.map(({ id }) => `${table} ${difference} ${id}`),
      ),
    );

  it('is unknown to Carryover at first, and pending once Conversations was asked', async () => {
    const unknown = await carryover.call('GET', `/v2/check-migration-status?account_id=${accountId}`);
    expect(unknown.status).toBe(404);
    const account = await carryover.call('GET', `/v2/accounts/${accountId}`);
    expect(account).toMatchObject({ status: 200, body: { status: 'inactive', migration_status: 'pending' } });
    expect((await statusOf(carryover, accountId)).status).toBe('pending');
  });

  it('begins with one call, and a second call changes nothing', async () => {
    const answers = await Promise.all(
      [1, 2].map(() => carryover.call('POST', '/v2/start-migration', { account_id: accountId })),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 202,
        body: { account_id: accountId, migration_status: 'migrating' },
      });
    }
  });

  it('is imported and has its numbers ported, and no status on the way is a failure', async () => {
    carryover.startWorker();
    const seen = await statusesUntilDone(carryover, accountId);
    expect([...seen].filter((status) => status.endsWith('failure'))).toEqual([]);
  });

  it('holds exactly what the source has', async () => {
    await expectStoreToHold(carryover.store, carryover.world.account);
  });

  it('ordered each number once', () => {
    expect(carryover.world.carrier.orders.size).toBe(carryover.world.account.counts.ports);
  });

  it('answers 200 to a start when all is done, and starts nothing', async () => {
    const answer = await carryover.call('POST', '/v2/start-migration', { account_id: accountId });
    expect(answer).toMatchObject({ status: 200, body: { migration_status: 'all-messages-migrated' } });
  });

  it('keeps histories short', async () => {
    const connection = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
    const client = new Client({ connection, namespace: carryover.stack.env.TEMPORAL_NAMESPACE });
    const lengths = new Map<string, number>();
    for await (const { workflowId, runId } of client.workflow.list()) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      lengths.set(`${workflowId} ${runId}`, events?.length ?? 0);
    }
    await connection.close();
    // The migration, each brand once for each part, each number.
    const { brands, ports } = carryover.world.account.counts;
    expect(lengths.size).toBeGreaterThanOrEqual(1 + 2 * brands + ports);
    expect(Math.min(...lengths.values())).toBeGreaterThan(3);
    expect(Math.max(...lengths.values())).toBeLessThan(200);
  });

  it('has a certificate of its migration', async () => {
    const file = await certificate();
    expect(file.certificate).toMatchObject({
      made_after: 'migration',
      code: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
    expect(file.certificate.workflow.id).toMatch(/^migration:acc_7\/brand:/);
    expect(checkCertificate(JSON.stringify(file), accountCertificates).holds).toBe(true);
  });

  it('is verified over HTTP as equal, and certified again', async () => {
    expect(await verified()).toMatchObject({ state: 'equal', failure: null });
    expect((await certificate()).certificate).toMatchObject({
      made_after: 'verification',
      workflow: { id: 'migration:acc_7/verification' },
    });
  });

  it('is not equal once a message is removed, one doubled and one changed; a repair fixes all but the extra one', async () => {
    const { rows } = await carryover.store.query<{ source_id: string }>(
      'SELECT source_id FROM messages WHERE body IS NOT NULL ORDER BY source_id LIMIT 3',
    );
    const [removed, doubled, changed] = rows.map((row) => row.source_id);
    await carryover.store.query('DELETE FROM messages WHERE source_id = $1', [removed]);
    await carryover.store.query(
      `INSERT INTO messages (thread_id, source_id, direction, kind, author, body, sent_at, source_key, source_thread_id)
       SELECT thread_id, 'zz_doubled', direction, kind, author, body, sent_at, source_key, source_thread_id
       FROM messages WHERE source_id = $1`,
      [doubled],
    );
    await carryover.store.query(`UPDATE messages SET body = body || '.' WHERE source_id = $1`, [changed]);
    const found = await verified();
    expect(found.state).toBe('unequal');
    expect(named(found).toSorted()).toEqual(
      [
        `messages missing ${removed}`,
        'messages extra zz_doubled',
        `messages different ${changed}`,
      ].toSorted(),
    );
    const left = await verified({ repair: true });
    expect(left.state).toBe('unequal');
    expect(named(left)).toEqual(['messages extra zz_doubled']);
    await carryover.store.query(`DELETE FROM messages WHERE source_id = 'zz_doubled'`);
    expect((await verified({ repair: true })).state).toBe('equal');
  });
});
