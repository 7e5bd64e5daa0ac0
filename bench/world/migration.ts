import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SignJWT } from 'jose';
import { startChild } from '../../cli/start/child-process.js';
import { startConversationsService } from '../../dev/sample/conversations-service.js';
import { choosePort } from '../../dev/servers/ports.js';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { cpuOfServers, cpuSecondsOf, peakMemory, usageSince } from './cpu.js';
import type { Usage } from './cpu.js';
import { newDatabase } from './database.js';
import type { BenchDatabase } from './database.js';
import { forgetWorkflows } from './forget-workflows.js';
import { accountOf, brandOf } from './source.js';
import type { Shape } from './source.js';

export interface Measured {
  /** From the start to the last message's check, or the last row. */
  readonly seconds: number;
  /** CPU seconds in that time, by program. */
  readonly cpu: Usage;
  /** Peak memory of the process that did the work, MB. */
  readonly memory: number;
}

const SECRET = 'bench';
const POLL_MS = 20;

/**
 * One whole migration with the processes as they are shipped, into a database of its own: from the request to the API until the
 * store says `all-messages-migrated`. Everything is ended and removed afterwards, so that the same account can be migrated again.
 */
export async function migrate(
  env: StackEnvironment,
  shape: Shape,
  options: { readonly workerArguments?: readonly string[] } = {},
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-bench-'));
  const database = await newDatabase(env.DATABASE_URL);
  const conversations = await startConversationsService({ token: SECRET, accounts: [servedAccount(shape)] });
  const port = await choosePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    ...env,
    DATABASE_URL: database.url,
    CONVERSATIONS_API_URL: conversations.url,
    CONVERSATIONS_API_TOKEN: SECRET,
    CARRIER_API_URL: 'http://127.0.0.1:9',
    CARRIER_API_TOKEN: SECRET,
    CARRIER_WEBHOOK_SECRET: `whsec_${Buffer.from(SECRET).toString('base64')}`,
    AUTH_JWT_SECRET: SECRET,
    PUBLIC_URL: url,
    PORT: String(port),
    ATTACHMENTS_URL: pathToFileURL(join(folder, 'attachments')).href,
    LOG_LEVEL: 'warn',
  };
  let broken: string | undefined;
  const launch = (name: string, argumentsOfNode: readonly string[] = []) =>
    startChild({
      name: `the ${name}`,
      module: fileURLToPath(new URL(`../../cli/${name}.js`, import.meta.url)),
      environment: { ...environment, NODE_OPTIONS: argumentsOfNode.join(' ') },
      logFile: join(folder, `${name}.log`),
      onExit: (description) => (broken = description),
    });
  const [api, worker] = [launch('api'), launch('worker', options.workerArguments)];
  try {
    await untilReady(url, () => broken);
    // The worker has begun to poll, or does within this time; what it takes to come up is not measured.
    await sleep(2_500);
    const before = { ...cpuOfServers(), worker: cpuSecondsOf(worker.pid), api: cpuSecondsOf(api.pid) };
    const begun = performance.now();
    await startMigration(url, accountOf(shape));
    await untilMigrated(database, () => broken);
    const seconds = (performance.now() - begun) / 1_000;
    const after = { ...cpuOfServers(), worker: cpuSecondsOf(worker.pid), api: cpuSecondsOf(api.pid) };
    const memory = peakMemory(worker.pid);
    await assertAllThere(database, shape);
    const { node: _own, MainThread: _too, ...cpu } = usageSince(before, after);
    return { seconds, cpu, memory };
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
    await conversations.stop();
    await forgetWorkflows(env, accountOf(shape), brandOf(shape));
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

function servedAccount(shape: Shape) {
  const account_id = accountOf(shape);
  return {
    account: { account_id, name: 'Lakeside Dental', status: 'active' as const },
    payload: {
      account: {
        account_id,
        name: 'Lakeside Dental',
        email: 'owner@lakeside.example',
        locale: 'en-US',
        created_at: '2019-04-02T10:00:00.000Z',
      },
      brands: [
        { brand_id: brandOf(shape), name: 'Lakeside', website_url: 'https://lakeside.example', channels: [] },
      ],
      messages: { kind: 'dynamodb' },
    },
  };
}

async function untilReady(url: string, broken: () => string | undefined): Promise<void> {
  for (;;) {
    const broke = broken();
    if (broke !== undefined) throw new Error(broke);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
}

async function startMigration(url: string, accountId: string): Promise<void> {
  const token = await new SignJWT({ role: 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(SECRET));
  const answer = await fetch(`${url}/v2/start-migration`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ account_id: accountId }),
  });
  if (answer.status !== 202) throw new Error(`start-migration: ${answer.status} ${await answer.text()}`);
}

async function untilMigrated({ pool }: BenchDatabase, broken: () => string | undefined): Promise<void> {
  const beginBy = Date.now() + 30_000;
  for (;;) {
    const { rows } = await pool.query<{ status: string | null }>(
      "SELECT migration ->> 'status' AS status FROM accounts",
    );
    const status = rows[0]?.status;
    if (status === 'all-messages-migrated') return;
    const broke = broken() ?? (status?.endsWith('-failure') === true ? status : undefined);
    if (broke !== undefined) throw new Error(`the migration ended: ${broke}`);
    if (status === undefined && Date.now() > beginBy) throw new Error('the migration does not begin');
    await sleep(POLL_MS);
  }
}

/** A fast import of less is none. */
async function assertAllThere({ pool }: BenchDatabase, shape: Shape): Promise<void> {
  const { rows } = await pool.query<{ messages: string }>('SELECT count(*) AS messages FROM messages');
  const messages = Number(rows[0]?.messages);
  if (messages !== shape.messages)
    throw new Error(`${messages} of ${shape.messages} messages are in the store`);
}
