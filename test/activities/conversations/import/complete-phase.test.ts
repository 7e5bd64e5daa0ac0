import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportDependencies } from '../../../../activities/conversations/import/import-pass.js';
import { completeImport } from '../../../../gateways/store/conversations/check/complete.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import { removeWork } from '../../../../gateways/store/work/plans.js';
import { ImportWorld } from './import-world.js';

const BRAND = 'br_1_1';
let world: ImportWorld;

beforeEach(async () => {
  world = await ImportWorld.open();
  await world.account('acc_1', BRAND);
  await world.query(`UPDATE brands SET migration = '{"status":"migrating"}'`);
  await world.putHourly(BRAND, 3);
  await world.importPhase(BRAND, 'recent');
});
afterEach(() => world.close());

/** The phase and the status as they are committed. */
const standing = async () => {
  const [row] = await world.query(
    `SELECT b.migration ->> 'status' AS status, (SELECT completed_at IS NOT NULL FROM carryover.phases WHERE unit_id = b.unit_id) AS complete
     FROM brands b`,
  );
  return row;
};
const OPEN = { status: 'migrating', complete: false };
const COMPLETE = { status: 'recent-messages-migrated', complete: true };

/** Dies at the end of the transaction. */
const dying: ImportDependencies['finish'] = (brand, phase, checked) =>
  transaction(world.pool, 'complete-phase', async (tx) => {
    await completeImport(tx, brand, phase, checked);
    throw new Error('dies here');
  });
const finishing: ImportDependencies['finish'] = (brand, phase, checked) =>
  transaction(world.pool, 'complete-phase', (tx) => completeImport(tx, brand, phase, checked));

describe('The end of a phase', () => {
  test('commits together with the status; after a crash before that, the check runs again', async () => {
    await expect(world.complete(BRAND, 'recent', dying)).rejects.toThrow('dies here');
    expect(await standing()).toEqual(OPEN);
    expect(await world.complete(BRAND, 'recent', finishing)).toMatchObject({ tally: { messages: 3 } });
    expect(await standing()).toEqual(COMPLETE);
  });

  test('finds what was damaged between the crash and the check', async () => {
    await expect(world.complete(BRAND, 'recent', dying)).rejects.toThrow('dies here');
    await world.query('DELETE FROM messages');
    await expect(world.complete(BRAND, 'recent', finishing)).rejects.toMatchObject({ type: 'CheckUnequal' });
    expect(await standing()).toEqual(OPEN);
  });

  test('keeps its first result and time, however often it is called', async () => {
    await world.complete(BRAND, 'recent', finishing);
    const phases = () => world.query('SELECT completed_at, checked FROM carryover.phases');
    const before = await phases();
    await world.query('DELETE FROM messages');
    await world.complete(BRAND, 'recent', finishing);
    expect(await phases()).toEqual(before);
  });

  test('leaves the status alone if a reset has removed the phase meanwhile', async () => {
    const removed: ImportDependencies['finish'] = async (...found) => {
      await transaction(world.pool, 'test', (tx) =>
        removeWork(tx, { kind: 'conversations', subject: 'acc_1' }),
      );
      await finishing(...found);
    };
    await expect(world.complete(BRAND, 'recent', removed)).rejects.toMatchObject({ type: 'LeaseLost' });
    expect(await standing()).toEqual({ status: 'migrating', complete: null });
  });
});
