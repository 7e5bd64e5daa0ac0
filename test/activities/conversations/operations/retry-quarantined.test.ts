import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { accountCertificates } from '../../../../domain/conversations/certificate-figures.js';
import { checkCertificate } from '../../../../domain/engine/proof/certificate-check.js';
import { findBrand } from '../../../../gateways/store/conversations/import/brand.js';
import { settleAndCheck } from '../../../../gateways/store/conversations/check/check.js';
import { type CheckedPhase, differencesOf } from '../../../../gateways/store/conversations/check/compared.js';
import { readCertificate } from '../../../../gateways/store/proof/certificate-reads.js';
import { makeCertificate } from '../../../../gateways/store/conversations/certify/certify.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { GONE } from '../../../../domain/conversations/records/quarantine-reasons.js';
import { createRetryQuarantined } from '../../../../activities/conversations/operations/retry-quarantined.js';
import type { QuarantineRetryProgress } from '../../../../activities/conversations/operations/types.js';
import { ImportWorld } from '../import/import-world.js';
import { type LooseItem, messageItem, threadItem } from '../import/source-items.js';
import { systemClock } from '../../../../gateways/clock.js';

const BRAND = 'br_1_1';
const RECENT = '2026-11-01T00:00:00.000Z';
const OLD = '2026-01-01T00:00:00.000Z';

const CODE = { version: '1', commit: null };

let world: ImportWorld;
let store: Store;
let document: DynamoDBDocumentClient;
beforeEach(async () => {
  world = await ImportWorld.open();
  store = openStore(world.pool.options.connectionString!);
  document = world.tables.clients.messages;
  await world.account('acc_1', BRAND);
});
afterEach(async () => {
  await store.close();
  await world.close();
});

const put = (table: 'threads' | 'messages', Item: LooseItem) =>
  document.send(new PutCommand({ TableName: world.tables[table], Item }));

async function retry(records?: readonly string[], options: { page?: number; durationMs?: number } = {}) {
  const activity = createRetryQuarantined({
    store,
    clock: systemClock,
    code: CODE,
    tables: world.tables,
    options,
  });
  const totals = { imported: 0, quarantined: 0 };
  let after: string | undefined;
  do {
    const input = { accountId: 'acc_1', ...(records && { records }), ...(after && { after }) };
    const answer: QuarantineRetryProgress = await world.environment().run(activity, input);
    totals.imported += answer.imported;
    totals.quarantined += answer.quarantined;
    ({ after } = answer);
  } while (after !== undefined);
  return totals;
}

/** Repeats the check that ends a phase. */
async function differences(): Promise<string[]> {
  const brand = await findBrand(world.pool, { accountId: 'acc_1', brandId: BRAND });
  return differencesOf(await settleAndCheck(world.pool, brand, 'remaining', () => undefined));
}

const recordIds = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (
      await world.query<{ id: string; source_key: string }>('SELECT id, source_key FROM quarantined_records')
    ).map((row) => [row.source_key, row.id]),
  );
const held = async () =>
  (await world.query<{ source_id: string }>('SELECT source_id FROM messages ORDER BY 1')).map(
    (row) => row.source_id,
  );
const countsOf = () =>
  world.query('SELECT pair_key, message_count::int, last_message_at FROM message_threads ORDER BY 1');

/** A valid thread, an invalid one and a missing one, each with messages. */
async function importDirty(): Promise<void> {
  const thread2 = threadItem(BRAND, 'thr_2', { kind: 'pigeon' });
  await world.put('threads', [threadItem(BRAND, 'thr_1'), thread2]);
  await world.put('messages', [
    messageItem(BRAND, 'thr_1', 'm1', RECENT),
    messageItem(BRAND, 'thr_1', 'm2', RECENT, { direction: 'up' }),
    messageItem(BRAND, 'thr_1', 'm3', OLD, { direction: 'up' }),
    messageItem(BRAND, 'thr_2', 'm4', RECENT),
    messageItem(BRAND, 'thr_2', 'm5', OLD),
    messageItem(BRAND, 'thr_3', 'm6', OLD),
    messageItem(BRAND, 'thr_1', 'm7', OLD, { account_id: 'acc_9' }),
  ]);
  await world.migrate([BRAND]);
  expect(await held()).toEqual(['m1']);
  expect(await differences()).toEqual([]);
}

/** As after a successful import. */
async function certify(): Promise<void> {
  await world.pool.query(
    `UPDATE brands SET migration = '{"status":"all-messages-migrated"}';
     UPDATE accounts SET migration = migration || '{"status":"all-messages-migrated"}'`,
  );
  const run = { accountId: 'acc_1', code: CODE, workflow: { id: 'migration:acc_1', runId: 'run' } };
  await transaction(store.control, 'test', (tx) => makeCertificate(tx, { ...run, after: 'migration' }));
}

describe('retrying quarantined records', () => {
  test('leaves invalid records in quarantine under the same id, with equal tallies', async () => {
    await importDirty();
    const before = await recordIds();
    expect(await retry()).toEqual({ imported: 0, quarantined: 7 });
    expect(await recordIds()).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  test('imports what was corrected, counts it in its thread, fetches its files, and keeps the tallies equal', async () => {
    await importDirty();
    const attachments = [{ attachment_id: 'a1', url: 'http://files.example/1' }];
    await put('messages', messageItem(BRAND, 'thr_1', 'm2', RECENT, { attachments }));
    await put('messages', messageItem(BRAND, 'thr_1', 'm3', OLD));
    const asked = async () =>
      (await world.query<{ signal: string }>('SELECT signal FROM carryover.workflow_messages')).map(
        ({ signal }) => signal,
      );
    expect(await asked()).toEqual([]);
    expect(await retry()).toEqual({ imported: 2, quarantined: 5 });
    expect(await asked()).toEqual(['retry-attachments']);
    expect(await held()).toEqual(['m1', 'm2', 'm3']);
    expect(await countsOf()).toMatchObject([{ message_count: 3 }]);
    expect(await differences()).toEqual([]);
    expect(await retry()).toEqual({ imported: 0, quarantined: 5 });
    expect(await differences()).toEqual([]);
  });

  test('repeats the check and renews the certificate, once for each retry that imported something', async () => {
    await importDirty();
    await certify();
    const certificates = () => store.prisma.certificate.count();
    const checkOf = async () =>
      (
        await world.query<{ checked: CheckedPhase }>(
          "SELECT checked FROM carryover.phases WHERE phase = 'remaining'",
        )
      )[0]!.checked;
    const before = await checkOf();
    expect(before.held).toMatchObject({ messages: 1, quarantined: 7 });
    expect(await retry()).toMatchObject({ imported: 0 });
    expect([await checkOf(), await certificates()]).toEqual([before, 1]);

    await put('messages', messageItem(BRAND, 'thr_1', 'm2', RECENT));
    await retry();
    const after = await checkOf();
    expect(after.held).toMatchObject({ messages: 2, quarantined: 6 });
    expect(after.source).toEqual(after.store);
    expect(after.source.messagesDigest).not.toBe(before.source.messagesDigest);
    const certificate = checkCertificate(
      (await readCertificate(world.pool, migrationOf('acc_1')))?.document ?? '',
      accountCertificates,
    );
    expect(certificate).toMatchObject({
      holds: true,
      file: {
        certificate: {
          made_after: 'retry',
          brands: [{ held: { messages: 2, quarantined_messages: 5, quarantined_threads: 1 } }],
        },
      },
    });
    expect(await certificates()).toBe(2);

    // As if the process had died after it took the record: the next one finds a check that is older than the tallies.
    await world.pool.query("UPDATE carryover.phases SET checked = $1 WHERE phase = 'remaining'", [before]);
    expect(await retry()).toMatchObject({ imported: 0 });
    expect((await checkOf()).held).toEqual(after.held);
  });

  test('ends the waivers of imported records, keeps the others, and certifies waivers when it has nothing to retry', async () => {
    await importDirty();
    await certify();
    await world.query(
      `UPDATE quarantined_records SET waived_at = now(), waived_by = 'ann', waived_reason = 'old'
       WHERE source_key IN ('thr_1/${RECENT}#m2', 'thr_1/${OLD}#m3')`,
    );
    const waivers = async () =>
      JSON.parse((await readCertificate(world.pool, migrationOf('acc_1')))?.document ?? '').certificate
        .brands[0].waived;
    expect(await waivers()).toEqual([]);
    expect(await retry([])).toEqual({ imported: 0, quarantined: 0 });
    expect(await waivers()).toEqual([{ by: 'ann', reason: 'old', records: 2 }]);

    await put('messages', messageItem(BRAND, 'thr_1', 'm2', RECENT));
    await put('messages', messageItem(BRAND, 'thr_1', 'm3', OLD, { direction: 'sideways' }));
    expect(await retry()).toMatchObject({ imported: 1 });
    expect(await waivers()).toEqual([{ by: 'ann', reason: 'old', records: 1 }]);
    const left = await world.query(
      'SELECT source_key, waived_by FROM quarantined_records WHERE waived_at IS NOT NULL',
    );
    expect(left).toEqual([{ source_key: `thr_1/${OLD}#m3`, waived_by: 'ann' }]);
    // Quarantined again after it was taken, it is a new case.
    await world.query(`DELETE FROM messages WHERE source_id = 'm2'`);
    expect(await world.query(`SELECT FROM quarantined_records WHERE source_id = 'm2'`)).toEqual([]);
  });

  test('imports the thread of a message first, and takes it out of quarantine', async () => {
    await importDirty();
    await put('threads', threadItem(BRAND, 'thr_2'));
    const ids = await recordIds();
    expect(await retry([ids[`thr_2/${OLD}#m5`]!])).toEqual({ imported: 1, quarantined: 0 });
    expect(await held()).toEqual(['m1', 'm5']);
    const left = Object.keys(await recordIds());
    expect(left).not.toContain(`${BRAND}/thr_2`);
    expect(left).toContain(`thr_2/${RECENT}#m4`);
    expect(await differences()).toEqual([]);
    expect(await retry()).toMatchObject({ imported: 1 });
    expect(await differences()).toEqual([]);
  });

  test('imports a thread that was added later and never in quarantine', async () => {
    await importDirty();
    await put('threads', threadItem(BRAND, 'thr_3', { kind: 'sms', c1: '+15550009999', c2: '+15550001111' }));
    expect(await retry()).toMatchObject({ imported: 1 });
    expect(await held()).toEqual(['m1', 'm6']);
    expect(await countsOf()).toHaveLength(2);
    expect(await differences()).toEqual([]);
  });

  test('reads exactly the named records', async () => {
    await importDirty();
    await put('messages', messageItem(BRAND, 'thr_1', 'm2', RECENT));
    await put('messages', messageItem(BRAND, 'thr_1', 'm3', OLD));
    const ids = await recordIds();
    expect(await retry([ids[`thr_1/${OLD}#m3`]!])).toEqual({ imported: 1, quarantined: 0 });
    expect(await held()).toEqual(['m1', 'm3']);
    expect(await differences()).toEqual([]);
  });

  test('reports a record that the source no longer has, and keeps it', async () => {
    await importDirty();
    const Key = { thread_id: 'thr_1', message_key: `${OLD}#m3` };
    await document.send(new DeleteCommand({ TableName: world.tables.messages, Key }));
    await retry();
    const rows = await world.query('SELECT reason, raw FROM quarantined_records WHERE source_id = $1', [
      'm3',
    ]);
    expect(rows).toMatchObject([{ reason: GONE, raw: { message_id: { S: 'm3' } } }]);
    expect(await differences()).toEqual([]);
  });

  test('imports another account’s record that has become this account’s', async () => {
    await importDirty();
    await put('messages', messageItem(BRAND, 'thr_1', 'm7', OLD));
    expect(await retry()).toMatchObject({ imported: 1 });
    expect(await held()).toEqual(['m1', 'm7']);
    expect(await differences()).toEqual([]);
  });

  test('records a superseded copy if the store holds another copy of the message', async () => {
    await importDirty();
    await put('messages', messageItem(BRAND, 'thr_1', 'm1', OLD, { message_key: `${OLD}#m3` }));
    expect(await retry()).toMatchObject({ imported: 1 });
    expect(await held()).toEqual(['m1']);
    expect(await differences()).toEqual([]);
  });

  test('two concurrent retries import each record once, page by page', async () => {
    await importDirty();
    await put('threads', threadItem(BRAND, 'thr_2'));
    for (const [id, at] of [
      ['m2', RECENT],
      ['m3', OLD],
    ] as const)
      await put('messages', messageItem(BRAND, 'thr_1', id, at));
    const small = { page: 1, durationMs: 0 };
    const both = await Promise.all([retry(undefined, small), retry(undefined, small)]);
    expect(both[0].imported + both[1].imported).toBe(5);
    expect(await held()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
    expect(await differences()).toEqual([]);
  });
});
