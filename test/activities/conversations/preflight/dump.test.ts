import { expect, test } from 'vitest';
import { preflight } from '../../../../activities/conversations/preflight/preflight.js';
import { systemClock } from '../../../../gateways/clock.js';
import { BRANDS, dumpWorlds, OLD, RECENT } from '../import/dump-world.js';
import { messageItem, threadItem } from '../import/source-items.js';

const [A] = BRANDS;
const open = dumpWorlds();

test('a dump is listed and its first files are read; a part that is missing is named', async () => {
  const world = await open();
  const { imports } = world;
  const location = await imports.query<{ dump: { bucket: string; prefix: string } }>(
    `SELECT migration -> 'dump' AS dump FROM accounts`,
  );
  const name = 'Lakeside Dental';
  const look = () =>
    preflight(
      {
        store: imports.store,
        conversations: {
          getAccount: async () => ({ account_id: 'acc_1', name, status: 'active' }),
          getMigrationPayload: async () => ({
            account: { account_id: 'acc_1', name, locale: 'en-US' },
            brands: BRANDS.map((brand_id) => ({ brand_id, name: brand_id, channels: [] })),
            messages: { kind: 's3', ...location[0]!.dump },
          }),
          close: async () => undefined,
        },
        ...{ recentDays: 30, clock: systemClock, tables: imports.tables, dumps: imports.dumps },
      },
      { accountId: 'acc_1' },
      new AbortController().signal,
    );
  await world.put(
    { name: 'threads/a.jsonl.gz', records: [threadItem(A, 'thr_1')] },
    { name: 'messages/recent/a.jsonl.gz', records: [messageItem(A, 'thr_1', 'msg_1', RECENT)] },
  );
  const part = await look();
  expect(part.parts.problems.map(({ unit, reason }) => [unit, reason])).toEqual(
    BRANDS.map((brand) => [brand, expect.stringContaining('has no .jsonl.gz file in s3://')]),
  );
  await world.put({
    name: 'messages/remaining/a.jsonl.gz',
    records: [messageItem(A, 'thr_1', 'msg_2', OLD), messageItem(A, 'thr_none', 'msg_3', OLD)],
  });
  expect(await look()).toMatchObject({
    records: [
      { stage: 'threads', low: 1, high: 1, exact: true },
      { stage: 'messages', low: 3, high: 3, exact: true },
    ],
    sample: { complete: true },
    quarantine: {
      records: 1,
      reasons: [{ reason: 'no thread record', examples: [`thr_none/${OLD}#msg_3`] }],
    },
    cost: { read_units: { from: 0, to: 0 } },
  });
});
