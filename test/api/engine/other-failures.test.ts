import { expect, test } from 'vitest';
import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import { migrationOf } from '../../../domain/conversations/migration.js';
import { FAILURES } from '../../../domain/engine/failures/failures.js';
import { provisionChannels } from '../../../gateways/store/conversations/account/channels.js';
import { noteRetry } from '../../../gateways/store/migrations/retries.js';
import { forgetVerifications } from '../../../gateways/store/conversations/verify/verifications.js';
import type { Explanation } from '../explained.js';
import { failingAccounts } from './failing-accounts.js';

const { started, within, get, world, token } = failingAccounts();

async function verification(accountId: string, state: string, at: string, differences = 0): Promise<void> {
  const { rows } = await world().store.pool.query<{ id: string }>(
    `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at, failure)
     VALUES ('conversations', $1, false, $2, 'ann', $3, $4::jsonb) RETURNING id`,
    [
      accountId,
      state,
      at,
      state === 'failed' ? JSON.stringify({ type: 'SourceRefused', message: 'refused' }) : null,
    ],
  );
  await world().store.pool.query(
    `WITH turn AS (
       INSERT INTO carryover.verification_units (verification_id, unit_id, pass, imported)
       SELECT $1, b.unit_id, 1, true FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $2 RETURNING *)
     INSERT INTO carryover.verification_differences (verification_id, unit_id, pass, source_table, difference, count, samples)
     SELECT verification_id, unit_id, pass, 'messages', kind, $3::bigint, '[]' FROM turn, unnest('{missing,new}'::text[]) kind
     WHERE $3::bigint > 0`,
    [rows[0]?.id, accountId, differences],
  );
}

test('a verification that found differences stays a failure until another ends equal', async () => {
  const { accountId, entries } = await started();
  await verification(accountId, 'equal', '2026-01-01T00:00:00Z');
  expect(await entries()).toEqual([]);
  await verification(accountId, 'unequal', '2026-01-02T00:00:00Z', 2);
  await verification(accountId, 'unequal', '2026-01-03T00:00:00Z', 3);
  await verification(accountId, 'failed', '2026-01-04T00:00:00Z');
  expect(await entries()).toMatchObject([
    {
      kind: 'verification',
      account_id: accountId,
      brand_id: '',
      what: `verification of account ${accountId}`,
      since: '2026-01-02T00:00:00.000Z',
      times: 3,
      message: 'messages missing: 3',
      command: `carryover verify ${accountId} --repair`,
    },
  ]);
  const view = await get<{ unequal_verification: unknown }>(`/v2/migrations/${accountId}`);
  expect(view).toMatchObject({
    verification: { state: 'failed' },
    unequal_verification: { state: 'unequal', ended_at: '2026-01-03T00:00:00.000Z' },
  });
  await verification(accountId, 'equal', '2026-01-05T00:00:00Z');
  expect(await entries()).toEqual([]);
  expect(await get(`/v2/migrations/${accountId}`)).toMatchObject({ unequal_verification: null });
});

test('a reset clears the findings of a verification', async () => {
  const { accountId, entries } = await started();
  await verification(accountId, 'unequal', '2026-01-02T00:00:00Z', 2);
  await within((tx) => forgetVerifications(tx, accountId));
  expect(await entries()).toEqual([]);
});

test('attachments that wait for more than a day are reported, brand by brand', async () => {
  const { accountId, brandId, become, entries } = await started();
  await become('recent-messages-migrated');
  await become('all-messages-migrated');
  await world().store.pool.query(
    `WITH b AS (SELECT id FROM brands WHERE source_id = $1),
       m AS (INSERT INTO messages (thread_id, source_id, direction, kind, sent_at, source_key, source_thread_id)
         VALUES (1, 'msg_' || $1, 'in', 'text', now(), 'k', 't') RETURNING id)
     INSERT INTO attachments (message_id, brand_id, source_id, source_url, waiting_since)
     SELECT m.id, b.id, 'att_' || n, 'http://files.example', now() - interval '23 hours' FROM m, b, generate_series(1, 3) n`,
    [brandId],
  );
  expect(await entries()).toEqual([]);
  await world().store.pool.query(
    `UPDATE attachments SET waiting_since = now() - interval '25 hours' WHERE brand_id = (SELECT id FROM brands WHERE source_id = $1)`,
    [brandId],
  );
  expect(await entries()).toMatchObject([
    {
      kind: 'attachments',
      what: `3 attachments of brand ${brandId} waiting for more than a day`,
      command: `carryover attachments retry ${accountId} --brand ${brandId}`,
    },
  ]);
  await world().store.pool.query(
    "UPDATE attachments SET stored_url = 'file:///x' WHERE brand_id = (SELECT id FROM brands WHERE source_id = $1)",
    [brandId],
  );
  expect(await entries()).toEqual([]);
});

test('a port in exception has the same advice everywhere: the carrier fixes it, and a retry leaves it alone', async () => {
  const { accountId, brandId, channelId, entries } = await started();
  const phoneNumber = '+15550003333';
  const source = { channelId, type: 'sms', name: null, phoneNumber, port: true, mistakes: [] } as const;
  await provisionChannels(world().store, { accountId, brandId }, [source]);
  await world().store.pool.query(
    "UPDATE phone_portings SET port_order_id = 'po_x', status = 'submitted', status_at = 'epoch' WHERE phone_number = $1",
    [phoneNumber],
  );
  const news = {
    port_order_id: 'po_x',
    channel_id: channelId,
    phone_number: phoneNumber,
    reason: 'Name differs',
  };
  expect((await world().callback({ ...news, status: 'exception' })).statusCode).toBe(204);

  const [entry] = await entries('porting');
  const advice = FAILURES.CarrierException.nextStep;
  expect(entry).toMatchObject({ next_step: advice, command: `carryover status ${accountId}` });
  const channel = async () => {
    const { brands } = await get<MigrationView>(`/v2/migrations/${accountId}`);
    return brands[0]?.channels.find((each) => each.channel_id === channelId);
  };
  expect(await channel()).toMatchObject({ migration_status: 'failure', failure: { next_step: advice } });
  await world().call('POST', `/v2/migrations/${accountId}/retry`, { token: token() });
  expect(await entries('porting')).toEqual([entry]);
  await world().callback({ ...news, status: 'complete' }, { id: 'msg_2', at: '2026-03-02T10:00:00.000Z' });
  expect(await entries('porting')).toEqual([]);
  expect(await channel()).toMatchObject({ migration_status: 'ready', failure: null });
});

test('work that is being retried is in the view and is not a failure', async () => {
  const { accountId, brandId, entries } = await started();
  await noteRetry(world().store.pool, {
    migration: migrationOf(accountId),
    runId: 'run',
    activityId: '1',
    activity: 'copySlices',
    unit: brandId,
    phase: 'recent',
    type: 'SourceUnavailable',
    message: 'DynamoDB does not answer.',
    attempt: 13,
    nextTryInMs: 60_000,
    attemptLimitMs: 600_000,
  });
  expect(await get(`/v2/migrations/${accountId}`)).toMatchObject({
    retrying: [
      {
        what: `importing recent messages of brand ${brandId}`,
        brand_id: brandId,
        channel_id: null,
        tasks: 1,
        type: 'SourceUnavailable',
        message: 'DynamoDB does not answer.',
        attempt: 13,
        next_try_at: expect.any(String),
      },
    ],
  });
  const { facts } = await get<Explanation>(`/v2/migrations/${accountId}/explain`);
  expect(facts.waits).toContainEqual(
    expect.objectContaining({
      reason: 'source-away',
      unit: brandId,
      what: expect.stringMatching(
        /^Conversations does not answer \(DynamoDB does not answer\): importing recent messages of brand \S+ has been retried since .*, attempt 14 begins at /,
      ),
    }),
  );
  expect(await entries()).toEqual([]);
});
