import { expect, test, vi } from 'vitest';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { stackEnv } from '../../support/servers.js';
import { checksOf, loggingWorld } from '../health-checks.js';

test('a wrong namespace is logged once, with the variable, however many messages wait', async () => {
  const temporal = openTemporal({
    environment: { ...stackEnv(), TEMPORAL_NAMESPACE: 'nobodys' },
  });
  const { world, saying } = await loggingWorld({ temporal });
  try {
    await world.store.pool.query(`
      INSERT INTO carryover.workflow_messages (kind, subject, workflow_id, signal, payload)
      SELECT 'conversations', 'acc_' || n, 'migration:acc_' || n, 'start', '{"by":"nobody","at":"2026-01-01T00:00:00.000Z"}'
      FROM generate_series(1, 3) n`);
    await vi.waitFor(async () => {
      const { rows } = await world.store.pool.query<{ tries: number }>(
        'SELECT min(tries) AS tries FROM carryover.workflow_messages',
      );
      expect(rows[0]?.tries).toBeGreaterThan(2);
    });
    const { details } = await checksOf(world);
    expect(details).toEqual([expect.stringMatching(/no namespace nobodys.*TEMPORAL_NAMESPACE/)]);
    expect([saying(/no namespace nobodys/), saying(/messages to workflows/)]).toEqual([1, 1]);
  } finally {
    await world.close();
    await temporal.close();
  }
});

test('a store without a schema is reported with the command that creates it', async () => {
  const { world, saying } = await loggingWorld();
  try {
    const { pool }: Store = world.store;
    await pool.query('ALTER TABLE _prisma_migrations RENAME TO set_aside');
    await vi.waitFor(async () => expect((await checksOf(world)).status).toBe(503));
    expect((await checksOf(world)).details).toEqual([expect.stringMatching(/schema.*carryover db migrate/)]);
    expect(saying(/carryover db migrate/)).toBe(1);
    await pool.query('ALTER TABLE set_aside RENAME TO _prisma_migrations');
    await pool.query(
      "UPDATE _prisma_migrations SET migration_name = '20260101000000_earlier' WHERE migration_name = '20261129000000_store'",
    );
    await vi.waitFor(async () =>
      expect((await checksOf(world)).details).toEqual([
        expect.stringMatching(/older than this version: .*20261129000000_store/),
      ]),
    );
  } finally {
    await world.close();
  }
});
