import { openStore } from '../../../../gateways/store/sql/connect.js';
import type { Pool } from '../../../../gateways/store/sql/transaction.js';
import { LifeCut } from '../../../engine/cuts.js';
import type { ImportWorld } from '../import/import-world.js';

/**
 * Lets one process after the other do the work until one completes it: the first dies at its first point, the second at its second. Returns the
 * points.
 */
export async function inManyLives(
  world: ImportWorld,
  kind: 'before' | 'after',
  work: (pool: Pool) => Promise<unknown>,
): Promise<string[]> {
  const points: string[] = [];
  for (let life = 1; ; life += 1) {
    let passed = 0;
    const cut = new LifeCut((point) => point.startsWith(kind) && ++passed === life);
    const name = `following-life-${life}`;
    const store = openStore(world.databaseUrl, { applicationName: name });
    const ended = cut.run(() => work(store.pool));
    const died = await Promise.race([cut.died, ended.then(() => undefined)]);
    if (died === undefined) {
      await store.close();
      return points;
    }
    points.push(died);
    // A process's connections end with it. Other tests share the server.
    await world.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
      [`${name}%`],
    );
  }
}
