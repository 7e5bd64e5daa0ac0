import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INBOX_TYPES, type InboxType } from '../../../domain/inbox/inbox-type.js';
import { unexplainedWrites } from '../../../gateways/chatwoot/statement.js';
import { type ChatwootDatabase, chatwootDatabase, rowsOf } from '../../support/chatwoot.js';
import { ChatwootWorld, type World } from '../../support/chatwoot-world.js';
import { contractBroken, fixedDigests, remember } from '../../support/inbox-contract.js';
import { brokenRules, finish, migrationOf, queueMove, queueReverse } from '../../support/inbox-moves.js';

/** All twenty: INBOX_SEEDS=20. */
const SEEDS = Number(process.env['INBOX_SEEDS'] ?? 3);
const FIRST = Number(process.env['INBOX_FIRST_SEED'] ?? 1);
const PAIRS = INBOX_TYPES.flatMap((source) =>
  INBOX_TYPES.map((destination) => [source, destination] as const),
);

describe('a generated business, by the points of the contract', () => {
  test.each(Array.from({ length: SEEDS }, (_, n) => FIRST + n))('seed %i', async (seed) => {
    const [source, destination] = PAIRS[(seed * 7) % PAIRS.length]!;
    const timezone = seed % 3 === 0 ? null : 'America/Sao_Paulo';
    const database = await chatwootDatabase({ seed, contacts: 60 + seed, source, destination, timezone });
    const { pool } = database;
    try {
      const { audits: _audits, ...before } = await rowsOf(pool);
      const digests = await fixedDigests(pool);
      await remember(pool);
      const assignees = ['keep', 'unassign', 'add-to-inbox'][seed % 3]!;
      const id = await queueMove(pool, { assignees, possible_matches: seed % 2 === 0 ? 'merge' : 'leave' });
      await finish(pool, id, { conversations: 7 + seed, messages: 50 + 10 * seed });
      expect(await migrationOf(pool, id)).toMatchObject({
        status: 'completed',
        round: 2,
        error_message: null,
      });
      expect(await contractBroken(pool, id)).toEqual([]);
      expect(await brokenRules(pool)).toEqual([]);
      expect(await fixedDigests(pool)).toEqual(digests);
      expect(await unexplainedWrites(pool, id)).toEqual([]);
      const again = await queueMove(pool);
      await finish(pool, again);
      expect(await migrationOf(pool, again)).toMatchObject({
        conversations_moved: '0',
        contact_inboxes_moved: '0',
      });
      await finish(pool, await queueReverse(pool, id), { conversations: 3 + seed, messages: 10 * seed });
      const after = await rowsOf(pool);
      for (const [table, rows] of Object.entries(before)) expect(after[table], table).toEqual(rows);
    } finally {
      await database.drop();
    }
  });
});

describe('people who are known by any numbers', () => {
  let database: ChatwootDatabase;
  beforeAll(async () => {
    database = await chatwootDatabase();
  });
  afterAll(() => database.drop());

  const TABLES = ['contacts', 'contact_inboxes', 'conversations', 'messages', 'notes'];
  const number = fc.constantFrom('15550001', '15550002', '15550003', '5511987654321', '551187654321');
  const world: fc.Arbitrary<World & { readonly possibleMatches: string; readonly batch: number }> = fc.record(
    {
      source: fc.constantFrom<InboxType>(...INBOX_TYPES),
      destination: fc.constantFrom<InboxType>(...INBOX_TYPES),
      people: fc.array(
        fc.record({
          phone: fc.option(number),
          identifier: fc.option(
            fc.oneof(
              number.map((digits) => `${digits}@s.whatsapp.net`),
              fc.constantFrom('120363@g.us', '998877@lid', 'crm-1'),
            ),
          ),
          here: fc.uniqueArray(fc.oneof(number, fc.constant('US.1')), { maxLength: 3 }),
          there: fc.uniqueArray(number, { maxLength: 2 }),
          isElsewhere: fc.boolean(),
          loose: fc.constantFrom(0, 0, 0, 1),
        }),
        { minLength: 1, maxLength: 7 },
      ),
      possibleMatches: fc.constantFrom('leave', 'merge'),
      batch: fc.constantFrom(1, 2, 500),
    },
  );

  test('are where the contract says after a move, and a reverse restores every row', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ possibleMatches, batch, ...given }) => {
        const { pool } = database;
        await new ChatwootWorld(pool).build(given);
        const before = await rowsOf(pool, TABLES);
        const id = await queueMove(pool, { possible_matches: possibleMatches });
        await finish(pool, id, { conversations: batch, messages: 5_000 });
        expect(await migrationOf(pool, id)).toMatchObject({ status: 'completed', error_message: null });
        expect(await brokenRules(pool)).toEqual([]);
        expect(await unexplainedWrites(pool, id)).toEqual([]);
        const { rows } = await pool.query<{ here: number; left: number }>(
          `SELECT (SELECT count(*) FROM conversations WHERE inbox_id = 1)::integer AS here,
             (SELECT coalesce(sum(value::bigint), 0) FROM carryover.inbox_migrations, jsonb_each_text(details -> 'left') WHERE id = $1)::integer AS left`,
          [id],
        );
        expect(rows[0]!.here).toBe(rows[0]!.left);
        const again = await queueMove(pool, { possible_matches: possibleMatches });
        await finish(pool, again);
        expect(await migrationOf(pool, again)).toMatchObject({
          status: 'completed',
          conversations_moved: '0',
        });
        await finish(pool, await queueReverse(pool, id), { conversations: batch, messages: 5_000 });
        const after = await rowsOf(pool, TABLES);
        for (const [table, held] of Object.entries(before)) expect(after[table], table).toEqual(held);
      }),
      { numRuns: Number(process.env['INBOX_WORLDS'] ?? 8) },
    );
  });
});
