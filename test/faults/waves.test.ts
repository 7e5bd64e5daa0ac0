import { afterAll, beforeAll, expect, it } from 'vitest';
import { choosePort } from '../../dev/servers/ports.js';
import { type Carryover, startCarryover } from '../e2e/carryover.js';
import { addAccount } from '../../dev/sample/add-account.js';

const SMALL = { brands: 1, threads: 3, messages: 12, portedNumbers: 0 };
const MEMBERS = 8;
const AT_ONCE = 2;

let carryover: Carryover;
const keys: string[] = [];
beforeAll(async () => {
  carryover = await startCarryover({ account: { seed: 80, accountId: 'acc_0', ...SMALL } });
  for (let seed = 1; seed <= MEMBERS; seed += 1) {
    const accountId = `acc_${seed}`;
    await addAccount(carryover, { accountId, seed, ...SMALL });
    keys.push(accountId);
  }
  carryover.startWorker();
  await carryover.ready();
});
afterAll(async () => {
  await carryover?.stop();
});

/** As the store has them: the API is dead at times. */
async function ended(): Promise<number> {
  const { rows } = await carryover.store.query<{ ended: number }>(
    `SELECT count(*)::int AS ended FROM carryover.wave_members WHERE state = 'done'`,
  );
  return rows[0]?.ended ?? 0;
}

it('two API processes that are killed again and again start each member once, and never more than may run at once', async () => {
  let first = carryover.api();
  const secondPort = { PORT: String(await choosePort()) };
  let second = carryover.startApi(secondPort);
  const { status } = await carryover.call('POST', '/v2/waves', { key: 'night', keys, at_once: AT_ONCE });
  expect(status).toBe(201);
  for (const reached of [1, 3, 5]) {
    await expect.poll(ended).toBeGreaterThanOrEqual(reached);
    await carryover.kill(first);
    first = carryover.startApi();
    await carryover.kill(second);
    second = carryover.startApi(secondPort);
  }
  await expect.poll(ended).toBe(MEMBERS);
  await carryover.ready();
  await expect
    .poll(async () => (await carryover.call('GET', '/v2/waves/1')).body)
    .toMatchObject({ state: 'done', counts: { done: MEMBERS, failed: 0, refused: 0 } });

  const { rows: starts } = await carryover.store.query<{ subject: string; starts: number }>(
    `SELECT subject, count(*)::int AS starts FROM carryover.workflow_messages WHERE signal = 'start' GROUP BY 1 ORDER BY 1`,
  );
  expect(starts).toEqual(keys.toSorted().map((subject) => ({ subject, starts: 1 })));
  const { rows: together } = await carryover.store.query<{ most: number }>(
    `SELECT max(others)::int AS most FROM (
       SELECT (SELECT count(*) FROM carryover.wave_members o WHERE o.started_at <= m.started_at AND o.ended_at > m.started_at) AS others
       FROM carryover.wave_members m) each`,
  );
  expect(together).toEqual([{ most: AT_ONCE }]);
});
