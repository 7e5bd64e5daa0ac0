import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImportWorld } from '../conversations/import/import-world.js';
import { Verifier } from '../conversations/verification/verification-world.js';

const A = 'br_1_1';

let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open({ pageRecords: 10 });
  await world.account('acc_1', A);
  await world.putHourly(A, 200);
});

afterEach(() => world.close());

/** Some slice in the middle of those that cut themselves, with bounds on both sides. */
const MIDDLE = `(SELECT id FROM carryover.work WHERE stage = 'messages' AND lower_key IS NOT NULL AND upper_key IS NOT NULL
  ORDER BY upper_key OFFSET 2 LIMIT 1)`;

const FAULTS = [
  {
    name: 'a slice is lost',
    sql: `DELETE FROM carryover.work WHERE id = ${MIDDLE}`,
    said: 'leave a gap between',
  },
  {
    name: 'the lower end of a slice is shifted up',
    sql: `UPDATE carryover.work SET lower_key = left(lower_key, -1) || '~"' WHERE id = ${MIDDLE}`,
    said: 'leave a gap between',
  },
  {
    name: 'the lower end of a slice is shifted down',
    sql: `UPDATE carryover.work SET lower_key = left(lower_key, 8) || '"' WHERE id = ${MIDDLE}`,
    said: 'overlap between',
  },
  {
    name: 'the newest slice is lost',
    sql: `DELETE FROM carryover.work WHERE stage = 'messages' AND upper_key IS NULL`,
    said: 'leave a gap between',
  },
  {
    name: 'a slice is closed that has read nothing',
    sql: `UPDATE carryover.work SET batches = 0 WHERE id = ${MIDDLE}`,
    said: 'leave a gap between',
  },
  {
    name: 'the oldest slice ends too early',
    sql: `UPDATE carryover.work SET lower_key = left(lower_key, -1) || '~"'
      WHERE id = (SELECT id FROM carryover.work WHERE stage = 'messages' ORDER BY upper_key LIMIT 1)`,
    said: 'leave a gap below',
  },
];

describe('a check fails where slices are not what was planned:', () => {
  test.each(FAULTS)('$name', async ({ sql, said }) => {
    await world.importPhase(A, 'recent', { pieceRecords: 20 });
    await world.query(sql);
    await expect(world.complete(A, 'recent')).rejects.toMatchObject({
      type: 'CheckUnequal',
      message: expect.stringContaining(`slices of messages ${said}`) as string,
    });
    expect(world.statuses.size).toBe(0);
  });

  test('also that of a verification', async () => {
    await world.migrate([A]);
    const verifier = new Verifier(world);
    const turn = verifier.turn(await verifier.ask('acc_1'), A);
    while (!(await verifier.slices(turn, { pieceRecords: 20 })).finished);
    const verified = MIDDLE.replace(`WHERE`, `WHERE pass = 'verify' AND`);
    await world.query(`DELETE FROM carryover.work WHERE id = ${verified}`);
    await expect(verifier.finish(turn)).rejects.toMatchObject({ type: 'CheckUnequal' });
  });
});

test('slices that cut themselves cover exactly what was planned', async () => {
  await world.importPhase(A, 'recent', { pieceRecords: 20 });
  await world.complete(A, 'recent');
  const [slices] = await world.query(
    `SELECT count(*)::integer AS count FROM carryover.work WHERE stage = 'messages'`,
  );
  expect(slices?.['count']).toBeGreaterThan(5);
  expect(world.statuses.get(A)).toBe('recent-messages-migrated');
});
