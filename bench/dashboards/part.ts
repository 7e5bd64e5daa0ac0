import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { signToken } from '../../cli/token.js';
import { STATUS_CHANNEL } from '../../domain/engine/ids.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import type { Load, LoadResult } from '../tiny-call/load.js';
import { startApi } from '../world/api.js';
import { endChild, messageOf, startScript } from '../world/child.js';
import { cpuSecondsOf } from '../world/cpu.js';
import { newDatabase } from '../world/database.js';
import { prepareBrand } from '../world/prepared-brand.js';
import { RECENT_SINCE } from '../world/source/now.js';
import { sharedStack } from '../world/stack.js';
import type { Watchers, WatchersResult } from './watchers.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['BENCH_DASHBOARDS_SECONDS'] ?? 20);
const [LISTS, OF_ONE] = [40, 10];
const MIGRATIONS = 1_000;
/** The number of migrations that change each second. */
const CHANGING = 10;
/** Requests a second of all polling apps together. */
const POLLS_PER_SECOND = 500;
const CONNECTIONS = 20;
const LOAD_SECONDS = 10;
const SECRET = 'a secret that only this benchmark knows';
const LOAD = new URL('../tiny-call/load.js', import.meta.url);

const accountId = (n: number) => `acc_${n}`;

interface Window {
  /** CPU seconds of the API in a second, while only dashboards ask it. */
  readonly cpu: number;
  /** Of `check-migration-status`. */
  readonly load: LoadResult;
  readonly watched: WatchersResult | undefined;
}

/** Measures what open dashboards cost an API while migrations change, alternating with windows without dashboards. */
export const dashboardsPart: Part = {
  name: 'dashboards',
  async run() {
    const { env } = await sharedStack();
    const database = await newDatabase(env.DATABASE_URL);
    const api = await startApi({ ...env, DATABASE_URL: database.url }, { AUTH_JWT_SECRET: SECRET });
    const stop = new AbortController();
    let changing: Promise<void> | undefined;
    try {
      await fill(database.pool);
      const asked = await questions();
      changing = change(database.pool, stop.signal);
      const [without, beside]: [Window[], Window[]] = [[], []];
      // The first round compiles the code.
      for (let round = 0; round <= ROUNDS; round += 1) {
        console.error(`  round ${round} of ${ROUNDS}`);
        for (const windows of [without, beside]) {
          const window = await measure(api, asked, windows === beside);
          if (round > 0) windows.push(window);
        }
      }
      return rowsOf(without, beside);
    } finally {
      stop.abort();
      await changing;
      await endChild(api.process);
      await database.drop();
    }
  },
};

/** Migrations that are under way. */
async function fill(pool: Pool): Promise<void> {
  for (let n = 0; n < MIGRATIONS; n += 1)
    await prepareBrand(pool, accountId(n), `br_${n}`, { recentSince: RECENT_SINCE });
  await pool.query(
    `INSERT INTO carryover.status_documents (kind, subject, document, version, changed_at)
     SELECT 'conversations', a.source_id, json_build_object(
       'status', 'migrating', 'brands', json_build_object(b.source_id, 'migrating'), 'channels', json_build_object())::text, 1, now()
     FROM accounts a JOIN brands b ON b.account_id = a.id
     ON CONFLICT (kind, subject) DO NOTHING`,
  );
}

async function questions(): Promise<Load['requests']> {
  const token = await signToken({ secret: SECRET, role: 'service', sub: 'conversations', expiresIn: '8h' });
  return Array.from({ length: 200 }, (_, n) => ({
    path: `/v2/check-migration-status?account_id=${accountId(n)}`,
    headers: { authorization: `Bearer ${token}` },
  }));
}

/** Changes a migration as a status change does. */
async function change(pool: Pool, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pool.query(
      `WITH changed AS (UPDATE carryover.status_documents SET version = version + 1, changed_at = clock_timestamp() WHERE subject = ANY ($1)
         RETURNING kind, subject)
       SELECT pg_notify($2, kind || ':' || subject) FROM changed`,
      [Array.from({ length: CHANGING }, (_, n) => accountId(n)), STATUS_CHANNEL],
    );
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
}

async function measure(
  { url, process: api }: Awaited<ReturnType<typeof startApi>>,
  requests: Load['requests'],
  isWatched: boolean,
): Promise<Window> {
  const token = await signToken({ secret: SECRET, role: 'operator', sub: 'ann', expiresIn: '8h' });
  const watchers: Watchers = {
    ...{ url, token, lists: LISTS },
    migrations: Array.from({ length: OF_ONE }, (_, n) => accountId(n % CHANGING)),
  };
  const script = isWatched ? startScript(new URL('watchers.js', import.meta.url), watchers) : undefined;
  try {
    if (script !== undefined) await messageOf(script);
    // The cost of opening them is not measured.
    await sleep(2_000);
    const [before, began, since] = [await count(script), performance.now(), cpuSecondsOf(api.pid ?? 0)];
    await sleep(1_000 * SECONDS);
    const seconds = (performance.now() - began) / 1_000;
    const cpu = (cpuSecondsOf(api.pid ?? 0) - since) / seconds;
    const after = await count(script);
    const given = { connections: CONNECTIONS, seconds: LOAD_SECONDS, perSecond: POLLS_PER_SECOND };
    const load = await messageOf<LoadResult>(startScript(LOAD, { url, requests, ...given } satisfies Load));
    const watched = before &&
      after && {
        events: (after.events - before.events) / seconds,
        answers: (after.answers - before.answers) / seconds,
      };
    return { cpu, load, watched };
  } finally {
    if (script !== undefined) await endChild(script);
  }
}

async function count(
  script: ReturnType<typeof startScript> | undefined,
): Promise<WatchersResult | undefined> {
  if (script === undefined) return undefined;
  script.send('count');
  return messageOf<WatchersResult>(script);
}

function rowsOf(without: readonly Window[], beside: readonly Window[]): Row[] {
  const percent = (windows: readonly Window[]) =>
    `${spread(
      windows.map(({ cpu }) => 100 * cpu),
      1,
    )} %`;
  const perSecond = (what: keyof WatchersResult) =>
    whole(median(beside.map(({ watched }) => watched?.[what] ?? Number.NaN)));
  const waits = (windows: readonly Window[]) =>
    `p50 ${spread(windows.map(({ load }) => load.p50))} ms, p99 ${spread(
      windows.map(({ load }) => load.p99),
      1,
    )} ms`;
  return [
    {
      what: `${LISTS + OF_ONE} dashboards on one API, ${OF_ONE} of them on one migration: its CPU, of one core`,
      measured: percent(beside),
      wanted: '< 10 %',
      note: `${whole(MIGRATIONS)} migrations of which ${CHANGING} change each second; ${perSecond('events')} events and ${perSecond('answers')} answers a second; without dashboards ${percent(without)}`,
    },
    {
      what: `check-migration-status beside them, ${POLLS_PER_SECOND} polls a second`,
      measured: waits(beside),
      note: `without them ${waits(without)}`,
    },
  ];
}
