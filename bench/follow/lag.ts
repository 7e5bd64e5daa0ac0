import { setTimeout as sleep } from 'node:timers/promises';
import { hintApplier } from '../../activities/conversations/streams/index.js';
import type { HintApplier } from '../../activities/conversations/streams/beside-waiting.js';
import { systemClock } from '../../gateways/clock.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import type { SourceTables } from '../../gateways/dynamodb/client.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { percentiles, whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';
import { cpuOfServers, usageSince } from '../world/cpu.js';
import { newDatabase } from '../world/database.js';
import { fillSource } from '../world/fill.js';
import { accountOf, brandOf, messageItems } from '../world/source.js';
import type { SourceItem } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { follow, haveFollowed } from './followed.js';
import { FEED_ARN, MemoryFeed } from './memory-feed.js';

const SECONDS = Number(process.env['BENCH_FOLLOW_SECONDS'] ?? 15);
const RATES = [1_000, 5_000] as const;
/** One in so many changes is of a followed account. */
const SHARES = [1, 10] as const;
const ACCOUNTS = 20;
const TICK_MS = 20;
/** Changes that have not shown this long after the last one are given up. */
const DRAIN_MS = 120_000;
const OTHERS = { name: 'others', messages: 20_000 };

/** A stream in memory announces messages that are already at the source, because DynamoDB Local cannot write this fast meanwhile. */
export async function lagOfChanges(): Promise<Row[]> {
  const { env } = await sharedStack();
  const messages = Math.ceil((Math.max(...RATES) * SECONDS) / ACCOUNTS);
  const shapes = Array.from({ length: ACCOUNTS }, (_, n) => ({ name: `lag-${n}`, messages }));
  await fillSource(env, ...shapes);
  const items = shapes.map((shape) => [...messageItems(shape)]);
  const accounts = shapes.map((shape) => ({ accountId: accountOf(shape), brandId: brandOf(shape) }));
  const tables = openSourceTables({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT });
  const rows: Row[] = [];
  try {
    for (const rate of RATES)
      for (const share of SHARES) {
        const database = await newDatabase(env.DATABASE_URL);
        const store = openStore(database.url, { applicationName: 'carryover-worker' });
        const feed = new MemoryFeed(Math.ceil(rate / 1_000));
        await haveFollowed(store, accounts, { arn: FEED_ARN, shards: feed.positions });
        rows.push(await measure({ store, tables, feed, rate, share, items }));
        await store.close();
        await database.drop();
      }
  } finally {
    tables.close();
  }
  return rows;
}

interface Load {
  readonly store: ReturnType<typeof openStore>;
  readonly tables: SourceTables;
  readonly feed: MemoryFeed;
  readonly rate: number;
  readonly share: number;
  /** New messages of each followed account. */
  readonly items: readonly (readonly SourceItem[])[];
}

async function measure({ store, tables, feed, rate, share, items }: Load): Promise<Row> {
  const told = new Map<string, number>();
  const late: number[] = [];
  const base = hintApplier({ store, tables, clock: systemClock });
  const hints: HintApplier = {
    ...base,
    async apply(brand, some, signal) {
      const applied = await base.apply(brand, some, signal);
      const now = performance.now();
      for (const hint of some) {
        const key = hint.table === 'messages' ? hint.messageKey : '';
        const at = told.get(key);
        if (at !== undefined && told.delete(key)) late.push(now - at);
      }
      return applied;
    },
  };
  const others = [...messageItems(OTHERS)];
  const [cpu, servers] = [process.cpuUsage(), cpuOfServers()];
  const stop = follow(store, feed, hints);
  const begun = performance.now();
  for (let made = 0; made < rate * SECONDS;) {
    const due = Math.min(rate * SECONDS, ((performance.now() - begun) / 1_000) * rate);
    for (; made < due; made += 1) {
      const n = made / share;
      const item = Number.isInteger(n) ? items[n % ACCOUNTS]?.[Math.floor(n / ACCOUNTS)] : undefined;
      if (item !== undefined) told.set(item['message_key']?.S ?? '', performance.now());
      feed.put(item ?? (others[made % others.length] as SourceItem));
    }
    await sleep(TICK_MS);
  }
  const drainBy = performance.now() + DRAIN_MS;
  while (told.size > 0 && performance.now() < drainBy) await sleep(TICK_MS);
  const seconds = (performance.now() - begun) / 1_000;
  await stop();
  const { rows } = await store.pool.query<{ held: number }>('SELECT count(*)::integer AS held FROM messages');
  if ((rows[0]?.held ?? 0) < late.length)
    throw new Error(`${late.length} changes were applied, and ${rows[0]?.held} messages are in the store`);
  return rowOf({ rate, share }, { late, left: told.size, seconds, cpu: process.cpuUsage(cpu), servers: usageSince(servers, cpuOfServers()) }); // prettier-ignore
}

interface Outcome {
  /** Milliseconds. */
  readonly late: readonly number[];
  readonly left: number;
  readonly seconds: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly servers: Readonly<Record<string, number>>;
}

function rowOf(
  { rate, share }: Pick<Load, 'rate' | 'share'>,
  { late, left, seconds, cpu, servers }: Outcome,
): Row {
  const core = (used: number) => `${Math.round((100 * used) / seconds)} %`;
  const own = core((cpu.user + cpu.system) / 1e6);
  const rest = `PostgreSQL ${core(servers['postgres'] ?? 0)}, DynamoDB Local ${core(servers['java'] ?? 0)}`;
  return {
    what: `lag at ${whole(rate)} changes a second for ${SECONDS} s, ${share === 1 ? 'all' : `one in ${share}`} of followed accounts`,
    measured: percentiles(late),
    note: `${whole(late.length / seconds)} applied a second${left > 0 ? `, ${whole(left)} not within ${DRAIN_MS / 1_000} s` : ''}; of a core: this process ${own}, ${rest}`,
  };
}
