import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertSource } from '../../activities/engine/alert-source.js';
import { createAlertSources } from '../../activities/kinds.js';
import { SAMPLE } from '../../dev/sample/chatwoot/generate.js';
import { type FreshStore, freshStore } from '../gateways/store/fresh-store.js';
import { addRows, leadBrand } from '../gateways/store/world.js';
import { type ChatwootDatabase, chatwootDatabase } from '../support/chatwoot.js';
import { queueMove } from '../support/inbox-moves.js';
import { addPhase, addSlice, addUnits } from '../support/work.js';

let store: FreshStore;
let chatwoot: ChatwootDatabase;
let sources: Readonly<Record<string, AlertSource | undefined>>;
beforeAll(async () => {
  [store, chatwoot] = await Promise.all([freshStore(), chatwootDatabase()]);
  sources = createAlertSources({
    store: store.control,
    chatwoot: { ready: async () => chatwoot.pool },
    isOnboardingOn: true,
    percent: 1,
  });
  await addRows(store, 'acc_1', { br_1: ['ch_1'] });
  await addUnits(store.pool);
});
afterAll(async () => {
  await Promise.all([store.close(), chatwoot.drop()]);
});

const find = (kind: string) => sources[kind]!.find();
const addQuarantined = (from: number, to: number) =>
  store.pool.query(
    `INSERT INTO quarantined_records (account_source_id, brand_id, source_table, source_key, source_key_hash, range_key, identity, reason, raw)
     SELECT 'acc_1', b.id, 'messages', 'thr_1/k' || n, 'h' || n, 'k', 'i' || n, 'attribute "Zoë" is missing', '{"body": {"S": "Zoë"}}'
     FROM brands b, generate_series($1::int, $2::int) n`,
    [from, to],
  );

describe('conversations', () => {
  it('reports nothing for a healthy account', async () => {
    expect(await find('conversations')).toEqual([]);
  });

  it('reports quarantine above the share, and no single records', async () => {
    await addPhase(store.pool, 'br_1', 'recent');
    await addSlice(store.pool, 'br_1', 'recent', { stage: 'messages', read: 1_000, quarantined: 10 });
    await addQuarantined(1, 10);
    expect(await find('conversations')).toEqual([]);
    await addQuarantined(11, 11);
    expect(await find('conversations')).toMatchObject([
      { key: 'quarantine/acc_1', subject: 'acc_1', what: '11 of 1000 records of account acc_1', count: 11 },
    ]);
    await store.pool.query(
      `UPDATE quarantined_records SET waived_at = now(), waived_by = 'ann', waived_reason = 'spam' WHERE source_key_hash = 'h1'`,
    );
    expect(await find('conversations')).toEqual([]);
  });

  it('reports a failed brand, a refused port, an unequal verification and a refused message, without texts of others', async () => {
    await leadBrand(store, 'acc_1', 'br_1', ['migrating', 'channel-failure']);
    await store.pool.query(
      `INSERT INTO phone_portings (account_id, channel_id, phone_number, port_order_id, status, reason)
       SELECT b.account_id, c.id, '+15550001111', 'po_1', 'refused', 'Zoë said no'
       FROM channels c JOIN brands b ON b.id = c.brand_id`,
    );
    await store.pool.query(
      `INSERT INTO carryover.verifications (kind, subject, repair, state, asked_by, ended_at)
       VALUES ('conversations', 'acc_1', false, 'unequal', 'ann', now()), ('inbox', '1:2', false, 'unequal', 'ann', now())`,
    );
    await store.pool.query(
      `INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload, refused_at, outcome)
       VALUES ('conversations', 'acc_1', 'migration:acc_1', 'pause', '{}', now(), 'refused: Zoë'),
         ('inbox', '1:2', 'inbox:1:2', 'pause', '{}', now(), 'refused: Zoë')`,
    );
    const found = await find('conversations');
    expect(found).toMatchObject([
      { sort: 'brand', unit: 'br_1', command: 'carryover retry acc_1' },
      { sort: 'porting', what: 'port of the number of channel ch_1 (refused)' },
      { sort: 'verification', what: 'verification of account acc_1' },
      { sort: 'refused-messages', command: 'carryover pause acc_1' },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/Zoë|555/);
    expect(await find('conversations')).toEqual(found);
  });

  it('reports a port that was ordered again and refused again as a new alert', async () => {
    const keyOf = async () => (await find('conversations')).find(({ sort }) => sort === 'porting')?.key;
    const first = await keyOf();
    await store.pool.query('UPDATE phone_portings SET attempt = 2');
    expect(await keyOf()).not.toBe(first);
  });
});

describe('waves', () => {
  it('are reported when they stop, and again when they stop once more', async () => {
    await store.pool.query(
      `WITH w AS (INSERT INTO carryover.waves (kind, key, asked, at_once, state, created_by, role)
         VALUES ('conversations', 'Zoë', 'x', 1, 'stopped', 'ann', 'operator') RETURNING id)
       INSERT INTO carryover.wave_members (wave_id, position, kind, subject, state)
       SELECT id, n, 'conversations', 'acc_w' || n, CASE WHEN n = 1 THEN 'failed' ELSE 'done' END FROM w, generate_series(1, 3) n`,
    );
    const stopped = async () => (await find('conversations')).filter(({ sort }) => sort === 'waves');
    const first = await stopped();
    expect(first).toMatchObject([
      {
        subject: '',
        what: 'wave 1 has stopped: 1 of 3 have failed',
        count: 1,
        command: 'carryover wave show 1',
      },
    ]);
    expect(JSON.stringify(first)).not.toContain('Zoë');
    expect(await stopped()).toEqual(first);
    await store.pool.query(`UPDATE carryover.waves SET state_since = now() + interval '1 minute'`);
    expect((await stopped())[0]?.key).not.toBe(first[0]?.key);
  });
});

describe('inbox', () => {
  it('reports a failed migration, an unequal verification and a refused message', async () => {
    const id = await queueMove(chatwoot.pool);
    const unequal = { sort: 'verification', subject: '1:2', command: 'carryover verify --kind inbox 1:2' };
    const refused = { sort: 'refused-messages', command: 'carryover explain 1:2 --kind inbox' };
    expect(await find('inbox')).toMatchObject([unequal, refused]);
    await chatwoot.pool.query(
      `UPDATE carryover.inbox_migrations SET status = 'failed', completed_at = now(), error_message = 'Zoë' WHERE id = $1`,
      [id],
    );
    const found = await find('inbox');
    const subject = `${SAMPLE.account}:${SAMPLE.source}`;
    expect(found).toMatchObject([
      {
        key: `migrations/${id}`,
        subject,
        unit: id,
        command: `carryover undo --kind inbox ${subject}`,
      },
      unequal,
      refused,
    ]);
    expect(JSON.stringify(found)).not.toContain('Zoë');
  });
});

describe('onboarding', () => {
  const add = (
    id: string,
    failed: number,
    migrated: number,
    more: { dryRun?: boolean; ended?: boolean } = {},
  ) =>
    store.pool.query(
      `WITH r AS (
         INSERT INTO carryover.onboarding_requests (migration_id, action, batch_size, dry_run, force, total_users, failed_users, migrated_users, ended_at)
         VALUES ($1, 'migrate', 50, $4, false, 1000, $2, $3, CASE WHEN $5 THEN now() END) RETURNING migration_id)
       INSERT INTO carryover.onboarding_results (migration_id, user_id, outcome, result)
       SELECT migration_id, gen_random_uuid(), 'failed', '{"error": {"type": "NoWorkspace", "detail": "Zoë"}}' FROM r, generate_series(1, $2::int)`,
      [id, failed, migrated, more.dryRun ?? false, more.ended ?? false],
    );

  it('reports each migration with failed users once: at its end, or above the share', async () => {
    await add('m-dry', 5, 0, { dryRun: true, ended: true });
    await add('m-few', 1, 500);
    await add('m-fine', 0, 500, { ended: true });
    expect(await find('onboarding')).toEqual([]);
    await add('m-ended', 1, 500, { ended: true });
    await add('m-many', 6, 500);
    const found = await find('onboarding');
    expect(found).toMatchObject([
      {
        key: 'users/m-ended',
        what: '1 of 501 users of migration m-ended, most often NoWorkspace',
        command: 'carryover retry --kind onboarding m-ended',
      },
      { key: 'users/m-many', count: 6 },
    ]);
    expect(JSON.stringify(found)).not.toContain('Zoë');
  });
});
