import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { hintApplier } from '../../../../activities/conversations/streams/index.js';
import { ensureFollowed } from '../../../../activities/conversations/streams/ensure-followed.js';
import { followFor } from '../../../../activities/conversations/streams/follow-table.js';
import type { FollowerEnd } from '../../../../activities/conversations/streams/follower.js';
import { systemClock as clock } from '../../../../gateways/clock.js';
import { sourceStream } from '../../../../gateways/dynamodb/streams/source-stream.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { LifeCut, makeCuttable } from '../../../engine/cuts.js';
import { untilHolds } from '../../../support/until.js';
import { PATIENT } from '../following/patient.js';
import { ImportWorld } from '../import/import-world.js';
import { accountOf } from '../import/source-items.js';
import { ChangingBrands } from './changing-brands.js';

/** Far more than there are points. */
const MOST_LIVES = 40;
const [A, B, OTHER] = ['br_1_1', 'br_2_1', 'br_3_1'] as const;
const TABLES = ['threads', 'messages'] as const;

let undo: () => void;
let world: ImportWorld;
let brands: ChangingBrands;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());
beforeEach(async () => {
  world = await ImportWorld.open({ streams: true, pageRecords: 10 });
  brands = new ChangingBrands(world, [A, B, OTHER]);
  await brands.begin(40);
});
afterEach(() => world.close());

const streamsOf = () => ({
  threads: sourceStream(world.tables, 'threads'),
  messages: sourceStream(world.tables, 'messages'),
});

/** A process that follows both tables, in the attempt after the previous one. */
function follow(pool: Pool, attempt: number, signal: AbortSignal): Promise<FollowerEnd[]> {
  const deps = { store: { pool }, tables: world.tables, clock };
  const following = {
    ...deps,
    streams: streamsOf(),
    streamsWanted: 'auto' as const,
    fetchFiles: async () => undefined,
    catchUp: async () => undefined,
    logger: { warn: () => undefined },
    hints: hintApplier({ ...deps, limits: PATIENT }),
  };
  return Promise.all(
    TABLES.map((table) => followFor(table, { name: `lane of ${table}`, attempt }, following, signal)),
  );
}

/** Positions move a second after the changes were applied: each life must get that far, unless it dies. */
function untilMoved(cut: LifeCut): Promise<void> {
  const hasMoved = () => cut.dead || cut.passed.some((point) => point.endsWith('move-positions'));
  return untilHolds(hasMoved, { what: 'positions have moved', everyMs: 20 });
}

test.each(['before', 'after'] as const)(
  'right %s each write a follower may die: in the end store and source agree, and nothing was missed',
  async (kind) => {
    const join = {
      ...{ store: { pool: world.pool }, streams: streamsOf(), streamsWanted: 'auto' as const, clock },
      startFollowers: async () => undefined,
    };
    for (const brandId of [A, B])
      await ensureFollowed(join, { accountId: accountOf(brandId), brandIds: [brandId] });
    await world.migrate([A, B]);

    const points = new Set<string>();
    for (let life = 1; ; life += 1) {
      expect(life, [...points].join(', ')).toBeLessThan(MOST_LIVES);
      // Each process has something to do.
      for (const brandId of [A, B, OTHER]) {
        await brands.put(brandId, 200 + life, 'later');
        await brands.put(brandId, life, `changed ${life}`);
        if (life < 20) await brands.remove(brandId, 20 + life);
      }
      const cut = new LifeCut((point) => point.startsWith(kind) && !points.has(point));
      const store = openStore(world.databaseUrl, { applicationName: `life-${life}` });
      const stop = new AbortController();
      const ended = cut.run(() => follow(store.pool, life, stop.signal));
      ended.catch(() => undefined);
      const caughtUp = brands
        .untilHeld(A, B)
        .then(() => untilMoved(cut))
        .then(() => stop.abort());
      caughtUp.catch(() => undefined);
      const outcome = await Promise.race([cut.died, caughtUp.then(() => ended)]);
      if (typeof outcome !== 'string') {
        await store.close();
        break;
      }
      points.add(outcome);
      // A process's connections end with it.
      await world.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
        [`life-${life}%`],
      );
    }
    expect([...points].map((point) => point.slice(kind.length + 1))).toEqual(
      expect.arrayContaining(['UPDATE carryover.follow_tables', 'follow', 'move-positions']),
    );
    await expect(brands.isHeld(A)).resolves.toBe(true);
    await expect(brands.isHeld(B)).resolves.toBe(true);
    expect((await brands.held(OTHER)).size).toBe(0);
    const [gaps] = await world.query('SELECT count(gap)::int AS gaps FROM carryover.followed_brands');
    expect(gaps).toEqual({ gaps: 0 });
  },
  180_000,
);
