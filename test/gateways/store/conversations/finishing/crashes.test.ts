import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../../../gateways/store/sql/connect.js';
import { LifeCut, makeCuttable } from '../../../../engine/cuts.js';
import { FinishWorld } from './finish-world.js';

const A = 'acc_1';
/** Far more than there are points. */
const MOST_LIVES = 30;

let undo: () => void;
let world: FinishWorld;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());
beforeEach(async () => {
  world = await FinishWorld.open();
  await world.account(A);
});
afterEach(() => world.close());

test.each(['before', 'after'] as const)(
  'right %s each commit, a worker may die: one pass is requested, and following ends with it',
  async (kind) => {
    const points = new Set<string>();
    let isHinted = false;
    for (let attempt = 1; attempt < MOST_LIVES; attempt += 1) {
      const cut = new LifeCut((point) => point.startsWith(kind) && !points.has(point));
      const name = `life-${attempt}`;
      const own = { ...world.store, ...openStore(world.store.url, { applicationName: name }) };
      const [running] = await world.running();
      // Once, so that the end of the pass leaves work for the next look.
      if (running !== undefined && !isHinted) await world.hint(A);
      isHinted ||= running !== undefined;
      const ended = cut.run(async () => {
        if (running !== undefined) await world.end('equal', own);
        await world.look(own);
        return 'over';
      });
      const outcome = await Promise.race([cut.died, ended]);
      if (cut.dead) points.add(outcome);
      if (!cut.dead) await own.close();
      // A process's connections end with it.
      else
        await world.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
          [`${name}%`],
        );
      const { until } = await world.standing(A);
      if (until !== null && !cut.dead) break;
      if ((await world.running()).length === 0 && isHinted)
        await world.query('DELETE FROM carryover.waiting_hints');
    }
    expect([...points].toSorted()).toEqual(
      ['end-verification', 'finish-following', 'settle-finishing'].map((name) => `${kind} ${name}`),
    );
    expect((await world.standing(A)).finishing).toMatchObject({ reason: 'idle', passes: 1 });
    expect(await world.count('verifications')).toBe(1);
    expect(await world.count('audit_entries')).toBe(1);
    expect(await world.count('workflow_messages')).toBe(1);
    expect(await world.count('followed_brands')).toBe(0);
  },
);
