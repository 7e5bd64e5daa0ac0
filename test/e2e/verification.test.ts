import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerificationView } from '../../api/conversations/schemas/verification.js';
import { checkCertificate } from '../../domain/engine/certificate-check.js';
import { type Carryover, startCarryover, until } from './carryover.js';

describe('a migrated account is verified over HTTP, on real servers and processes', () => {
  let carryover: Carryover;
  let path: string;

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 8, accountId: 'acc_8', threads: 300, messages: 4_000, dirt: 'all' },
    });
    path = '/v2/migrations/acc_8';
    await carryover.call('POST', '/v2/start-migration', { account_id: 'acc_8' });
    carryover.startWorker();
    await until(async () => {
      const { body } = await carryover.call('GET', '/v2/check-migration-status?account_id=acc_8');
      return (body as { status: string }).status === 'all-messages-migrated';
    }, 240);
  });
  afterAll(async () => {
    await carryover?.stop();
  });

  const verified = async (body?: object): Promise<VerificationView> => {
    expect((await carryover.call('POST', `${path}/verify`, body)).status).toBe(202);
    let view: VerificationView | null = null;
    await until(async () => {
      view = ((await carryover.call('GET', path)).body as { verification: VerificationView | null })
        .verification;
      return view !== null && view.state !== 'running';
    }, 120);
    return view as unknown as VerificationView;
  };
  const certificate = async () => {
    const { body } = await carryover.call('GET', `${path}/certificate`);
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

  it('has a certificate once it is migrated', async () => {
    const file = await certificate();
    expect(file.certificate).toMatchObject({
      made_after: 'migration',
      code: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
    expect(file.certificate.workflow.id).toMatch(/^migration:acc_8\/brand:/);
    expect(checkCertificate(JSON.stringify(file)).holds).toBe(true);
  });

  it('is equal, and certified again', async () => {
    expect(await verified()).toMatchObject({ state: 'equal', failure: null });
    expect((await certificate()).certificate).toMatchObject({
      made_after: 'verification',
      workflow: { id: 'migration:acc_8/verification' },
    });
  });

  it('is not once a message is removed, one doubled and one changed; a repair mends what it may', async () => {
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
