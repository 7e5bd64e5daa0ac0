import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { openDataFolder } from '../../../dev/servers/data-folder.js';
import { readTemporalConfig } from '../../../dev/servers/temporal/temporal-config.js';
import { startTemporal } from '../../../dev/servers/temporal/temporal.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { stackEnv } from '../../support/servers.js';
import { type World, apiWorld } from '../world.js';

interface Line {
  readonly level: number;
  readonly msg: string;
}

/** An API that writes its log here. */
async function loggingWorld(options: Parameters<typeof apiWorld>[0] = {}) {
  const lines: Line[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  const world = await apiWorld({ ...options, log: pino({ level: 'warn' }, destination) });
  const saying = (words: RegExp) => lines.filter(({ msg }) => words.test(msg)).length;
  return { world, saying };
}

const checksOf = async (world: World) => {
  const answer = await world.call('GET', '/readyz');
  const { checks, details, detail } = answer.json<{
    checks: Record<string, string>;
    details?: string[];
    detail?: string;
  }>();
  return { status: answer.statusCode, ...checks, details: details ?? [detail] };
};
const isUp = async (world: World) =>
  /^carryover_temporal_up (\d)$/m.exec((await world.call('GET', '/metrics')).body)?.[1];

test('a frozen Temporal server with open connections counts as down: readiness, metrics and one log line say so until it resumes', async () => {
  const path = await mkdtemp(join(tmpdir(), 'carryover-frozen-'));
  const folder = await openDataFolder(path);
  const server = await startTemporal({
    folder,
    config: readTemporalConfig(),
    inMemory: true,
    log: () => undefined,
  });
  const temporal = openTemporal({ environment: { TEMPORAL_ADDRESS: server.address } });
  const { world, saying } = await loggingWorld({ temporal });
  try {
    expect(await checksOf(world)).toMatchObject({ status: 200, temporal: 'reachable', details: [] });
    expect(await isUp(world)).toBe('1');
    process.kill(server.pid, 'SIGSTOP');
    await vi.waitFor(async () => expect(await isUp(world)).toBe('0'), { timeout: 60_000, interval: 200 });
    expect(await checksOf(world)).toMatchObject({
      status: 200,
      temporal: 'unreachable',
      details: [expect.stringContaining(`Temporal at ${server.address} does not answer within`)],
    });
    process.kill(server.pid, 'SIGCONT');
    await vi.waitFor(async () => expect(await isUp(world)).toBe('1'), { timeout: 60_000, interval: 200 });
    expect(await checksOf(world)).toMatchObject({ temporal: 'reachable', details: [] });
    expect(saying(/does not answer/)).toBe(1);
  } finally {
    process.kill(server.pid, 'SIGCONT');
    await world.close();
    await temporal.close();
    await server.stop();
    await folder.release();
    await rm(path, { recursive: true });
  }
}, 180_000);

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
    }, 20_000);
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
    await vi.waitFor(async () => expect((await checksOf(world)).status).toBe(503), { timeout: 10_000 });
    expect((await checksOf(world)).details).toEqual([expect.stringMatching(/schema.*carryover db migrate/)]);
    expect(saying(/carryover db migrate/)).toBe(1);
    await pool.query('ALTER TABLE set_aside RENAME TO _prisma_migrations');
    await pool.query("UPDATE _prisma_migrations SET migration_name = '20260101000000_earlier'");
    await vi.waitFor(
      async () =>
        expect((await checksOf(world)).details).toEqual([
          expect.stringMatching(/older.*20261129000000_store is missing/),
        ]),
      { timeout: 10_000 },
    );
  } finally {
    await world.close();
  }
});
