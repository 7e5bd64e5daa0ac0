import pg from 'pg';
import { STATUS_CHANNEL } from '../../domain/engine/ids.js';
import { signToken } from '../../cli/token.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { type ApiProcess, startApi } from '../world/api.js';
import { endChild, messageOf, startScript } from '../world/child.js';
import { sharedStack } from '../world/stack.js';
import { type Question, SECRET, accountId, appQuestions, fillAccounts, question } from './accounts.js';
import type { BareAnswer } from './bare.js';
import type { Load, LoadResult } from './load.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SECONDS = 8;
const CONNECTIONS = 60;
const ASKING = 500;
const REMEMBERED = 100_000;
const CHANGES = 100;

/** Compares check-migration-status with a bare Fastify route that answers the same bytes; another process calls them alternately. */
export const tinyCallPart: Part = {
  name: 'tiny-call',
  async run() {
    const stack = await sharedStack();
    const pool = new pg.Pool({ connectionString: stack.env.DATABASE_URL });
    const environment = { AUTH_JWT_SECRET: SECRET };
    const api = await startApi(stack.env, environment);
    const other = await startApi(stack.env, environment);
    try {
      await fillAccounts(pool, REMEMBERED);
      const questions = await appQuestions(ASKING);
      return [
        ...(await compare(api.url, questions)),
        await memory(api),
        await visibility(pool, [api, other]),
      ];
    } finally {
      await Promise.all([endChild(api.process), endChild(other.process), pool.end()]);
    }
  },
};

async function compare(url: string, questions: readonly Question[]): Promise<Row[]> {
  const [first] = questions;
  if (first === undefined) throw new Error('nobody asks');
  const bare = startScript(new URL('bare.js', import.meta.url), await answerTo(url, first));
  try {
    const bareUrl = await messageOf<string>(bare);
    const unchanged = await Promise.all(questions.map((asked) => knowingTheAnswer(url, asked)));
    const [bares, answers, nothingNew]: LoadResult[][] = [[], [], []];
    // Warm both up, so that their code is compiled.
    for (const warm of [bareUrl, url]) await load({ url: warm, requests: questions });
    await load({ url, requests: unchanged });
    for (let round = 0; round < ROUNDS; round += 1) {
      console.error(`  round ${round + 1} of ${ROUNDS}`);
      bares?.push(await load({ url: bareUrl, requests: questions }));
      answers?.push(await load({ url, requests: questions }));
      nothingNew?.push(await load({ url, requests: unchanged }));
    }
    return rowsOf(bares ?? [], answers ?? [], nothingNew ?? []);
  } finally {
    await endChild(bare);
  }
}

function rowsOf(
  bares: readonly LoadResult[],
  answers: readonly LoadResult[],
  nothingNew: readonly LoadResult[],
): Row[] {
  const rate = (results: readonly LoadResult[]) => median(results.map(({ perSecond }) => perSecond));
  const p99 = (results: readonly LoadResult[]) => median(results.map((result) => result.p99));
  const ratios = (upper: readonly LoadResult[], lower: readonly LoadResult[]) =>
    spread(upper.map(({ perSecond }, at) => perSecond / (lower[at]?.perSecond ?? Number.NaN)));
  const measured = (results: readonly LoadResult[]) =>
    `${whole(rate(results))} requests/s, p99 ${p99(results).toFixed(1)} ms`;
  return [
    { what: `bare Fastify route, the same bytes, ${CONNECTIONS} callers`, measured: measured(bares) },
    {
      what: `check-migration-status, 200, ${CONNECTIONS} callers`,
      measured: measured(answers),
      ratio: ratios(answers, bares),
      wanted: '≥ 0.85',
    },
    {
      what: "its p99, by the bare route's",
      measured: `${p99(answers).toFixed(1)} ms`,
      ratio: spread(answers.map((answer, at) => answer.p99 / (bares[at]?.p99 ?? Number.NaN))),
      wanted: '≤ 1.2',
    },
    {
      what: 'check-migration-status, 304',
      measured: measured(nothingNew),
      ratio: `${ratios(nothingNew, answers)} of 200s`,
      wanted: '≥ 1',
    },
  ];
}

async function memory({ url }: ApiProcess): Promise<Row> {
  const token = await signToken({ secret: SECRET, role: 'service', sub: 'conversations', expiresIn: '8h' });
  const before = await residentMemory(url);
  const begun = performance.now();
  const at = { next: 0 };
  const ask = async (): Promise<void> => {
    while (at.next < REMEMBERED) {
      const { path, headers } = question(accountId((at.next += 1) - 1), token);
      const answer = await fetch(url + path, { headers });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  const seconds = (performance.now() - begun) / 1_000;
  const after = await residentMemory(url);
  const remembered = await metric(url, 'carryover_status_cache_accounts');
  return {
    what: `${whole(remembered)} accounts in memory`,
    measured: `${Math.round((after - before) / 1e6)} MB more resident`,
    note: `${Math.round(after / 1e6)} MB in all; read from the store one by one in ${seconds.toFixed(0)} s`,
  };
}

/** Measures the time from the commit of a change to the answer that has it, in each API process. */
async function visibility(pool: pg.Pool, apis: readonly ApiProcess[]): Promise<Row> {
  const [asked] = await appQuestions(1);
  if (asked === undefined) throw new Error('nobody asks');
  const waits: number[] = [];
  for (let version = 2; version < CHANGES + 2; version += 1) {
    await pool.query(
      `WITH changed AS (UPDATE carryover.status_documents SET version = $2, changed_at = now() WHERE subject = $1
         RETURNING kind, subject)
       SELECT pg_notify($3, kind || ':' || subject) FROM changed`,
      [accountId(0), version, STATUS_CHANNEL],
    );
    const committed = performance.now();
    await Promise.all(
      apis.map(async ({ url }) => {
        const until = async (): Promise<void> => {
          const answer = await fetch(url + asked.path, { headers: asked.headers });
          await answer.arrayBuffer();
          if (!answer.headers.get('etag')?.startsWith(`"${version}-`)) await until();
        };
        await until();
        waits.push(performance.now() - committed);
      }),
    );
  }
  return {
    what: 'a change of status, until each of two API processes answers it',
    measured: `median ${median(waits).toFixed(1)} ms, most ${Math.max(...waits).toFixed(0)} ms`,
    wanted: '≤ 1,000 ms',
  };
}

async function answerTo(url: string, { path, headers }: Question): Promise<BareAnswer> {
  const answer = await fetch(url + path, { headers });
  const own = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);
  const kept = [...answer.headers].filter(([name]) => !own.has(name));
  return { path: path.split('?')[0] ?? path, headers: Object.fromEntries(kept), body: await answer.text() };
}

async function knowingTheAnswer(url: string, asked: Question): Promise<Question> {
  const answer = await fetch(url + asked.path, { headers: asked.headers });
  await answer.arrayBuffer();
  return { ...asked, headers: { ...asked.headers, 'if-none-match': answer.headers.get('etag') ?? '' } };
}

async function load(asked: Pick<Load, 'url' | 'requests'> & { seconds?: number }): Promise<LoadResult> {
  const settings: Load = { connections: CONNECTIONS, seconds: SECONDS, ...asked };
  const result = await messageOf<LoadResult>(startScript(new URL('load.js', import.meta.url), settings));
  const odd = Object.entries(result.answers).filter(([status]) => status !== '200' && status !== '304');
  if (odd.length > 0 || result.failed > 0)
    throw new Error(`not all were answered: ${JSON.stringify(result)}`);
  return result;
}

async function residentMemory(url: string): Promise<number> {
  return metric(url, 'process_resident_memory_bytes');
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  return Number(value ?? Number.NaN);
}
