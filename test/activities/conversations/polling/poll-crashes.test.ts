import { afterAll, beforeAll, expect, test } from 'vitest';
import { Polling } from '../../../../activities/conversations/polling/poll-source.js';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { LifeCut, makeCuttable } from '../../../engine/cuts.js';
import { threadItem } from '../import/source-items.js';
import { PollWorld } from './poll-world.js';

const A = 'br_1_1';
/** Far more than there are points. */
const MOST_LIVES = 30;

let undo: () => void;
beforeAll(() => void (undo = makeCuttable()));
afterAll(() => undo());

test.each(['before', 'after'] as const)(
  'right %s each write, a process may die, and nothing new is missed',
  async (kind) => {
    const polled = await PollWorld.open({ pageKeys: 3 });
    await polled.world.account('acc_1', A);
    await polled.world.put('threads', [threadItem(A, `thr_${A}`)]);
    const points = new Set<string>();
    const ids: string[] = [];
    const write = async (): Promise<void> => {
      for (let n = 0; n < 4; n += 1) ids.push(await polled.message(A));
    };
    let isImported = false;
    for (let lives = 0; lives < MOST_LIVES; lives += 1) {
      const name = `life-${lives}`;
      const own = openStore(polled.world.databaseUrl, { applicationName: name });
      const cut = new LifeCut((point) => point.startsWith(kind) && !points.has(point));
      const stop = new AbortController();
      const ended = cut.run(async () => {
        await polled.join(A, own.pool);
        return new Polling(polled.dependencies(own.pool)).run(stop.signal);
      });
      let death: string | undefined;
      void cut.died.then((point) => (death = point));
      if (isImported) await write();
      await polled.until('it dies, or has all', async () => {
        if (!isImported && (await isJoined(polled))) {
          isImported = true;
          await polled.world.migrate([A]);
          await write();
        }
        if (death !== undefined) return true;
        return isImported && (await polled.holds(A, ...ids)) && isWritten(polled);
      });
      stop.abort();
      if (death === undefined) await ended;
      else points.add(death);
      // A process's connections end with it.
      await polled.world.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE $1',
        [`${name}%`],
      );
      if (death === undefined) break;
    }
    expect(polled.warnings).toEqual([]);
    expect([...points].map((point) => point.slice(kind.length + 1)).toSorted()).toEqual([
      'follow',
      'join-polling',
      'poll',
    ]);
    expect(await polled.held(A)).toEqual(ids.toSorted());
    const [followed] = await polled.world.query('SELECT added FROM carryover.followings');
    expect(followed).toEqual({ added: String(ids.length) });
    await polled.close();
  },
  120_000,
);

async function isJoined(polled: PollWorld): Promise<boolean> {
  const joined = await polled.world.query('SELECT FROM carryover.polled_brands');
  return joined.length > 0;
}

/** Whether the positions have moved past everything in the store. */
async function isWritten(polled: PollWorld): Promise<boolean> {
  const [row] = await polled.world.query<{ written: boolean }>(
    `SELECT messages_until >= (SELECT max(sent_at) FROM messages) AS written FROM carryover.polled_brands`,
  );
  return row?.written === true;
}
