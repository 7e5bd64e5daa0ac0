/**
 * How fast one lane imports a brand from DynamoDB into PostgreSQL, both embedded and on this machine.
 * Run: `npm run build && node --max-semi-space-size=64 dist/bench/import.js [--messages 200000] [--thread 40] [--dynamodb local]`
 */
import { parseArgs } from 'node:util';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { createCompletePhase } from '../activities/conversations/complete-phase.js';
import { createImportSlices } from '../activities/conversations/import-slices.js';
import type { ImportProgress, Phase } from '../activities/conversations/types.js';
import { createSourceTables, sampleDocumentClient, writeAll } from '../dev/sample/dynamodb.js';
import type { SeedTarget } from '../dev/sample/dynamodb.js';
import { startStack } from '../dev/servers/stack.js';
import type { StackEnvironment } from '../dev/servers/stack.js';
import { openDumps } from '../gateways/dumps/client.js';
import { openSourceTables } from '../gateways/dynamodb/client.js';
import { openStore } from '../gateways/store/connect.js';

const ACCOUNT = 'acc_1';
const BRAND = 'br_1';
const END = Date.UTC(2026, 10, 20);
const YEARS = 3;
const RECENT_SINCE = new Date(END - 30 * 86_400_000).toISOString();

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '200000' },
    /** Messages of a thread. */
    thread: { type: 'string', default: '40' },
    dynamodb: { type: 'string', default: 'auto' },
  },
});
const [messages, perThread] = [Number(values.messages), Number(values.thread)];

const stack = await startStack({
  inMemory: true,
  dynamodb: values.dynamodb as 'auto' | 'local' | 'dynalite',
});
try {
  await fill(stack.env);
  await measure(stack.env);
} finally {
  await stack.stop();
}

function* threadItems() {
  for (let n = 0; n < messages / perThread; n += 1) {
    yield {
      brand_id: BRAND,
      thread_id: threadId(n),
      account_id: ACCOUNT,
      channel_id: 'ch_1',
      kind: n % 2 === 0 ? 'sms' : 'void',
      c1: '+15550001111',
      // Every sms thread has a void thread of the same pair.
      c2: `+1555${1_000_000 + (n >> 1)}`,
      c2_name: `Person ${n >> 1}`,
      status: 'open',
      created_at: timeOf(n, 0),
      last_message_at: timeOf(n, perThread - 1),
    };
  }
}

function* messageItems() {
  for (let n = 0; n < messages; n += 1) {
    const thread = Math.floor(n / perThread);
    const at = timeOf(thread, n % perThread);
    const id = `msg_${String(n).padStart(9, '0')}`;
    yield {
      thread_id: threadId(thread),
      message_key: `${at}#${id}`,
      message_id: id,
      brand_id: BRAND,
      account_id: ACCOUNT,
      direction: n % 2 === 0 ? 'in' : 'out',
      kind: 'text',
      author: 'Lakeside Dental',
      body: `${n} Could we move the appointment to next week, please? Tuesday at ten would be fine. `.repeat(
        1 + (n % 3),
      ),
      sent_at: at,
      metadata: { app: 'web', version: 3 },
    };
  }
}

function threadId(n: number): string {
  return `thr_${String(n).padStart(7, '0')}`;
}

/** Threads lie all over the years, each a few weeks long. */
function timeOf(thread: number, message: number): string {
  const span = YEARS * 365 * 86_400_000;
  const start = END - span + ((thread * 7_919) % 100_003) * (span / 100_003);
  return new Date(Math.min(END, Math.floor(start + message * 13 * 3_600_000))).toISOString();
}

async function fill(env: StackEnvironment): Promise<void> {
  const target: SeedTarget = {
    endpoint: env.DYNAMODB_ENDPOINT,
    region: env.AWS_REGION,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  };
  const client = sampleDocumentClient(target);
  await createSourceTables(client);
  console.log(`Writing ${messages} messages in threads of ${perThread} to DynamoDB …`);
  await writeAll(client, 'threads', threadItems());
  await writeAll(client, 'messages', messageItems());
  client.destroy();
}

async function measure(env: StackEnvironment): Promise<void> {
  process.env['AWS_ACCESS_KEY_ID'] = env.AWS_ACCESS_KEY_ID;
  process.env['AWS_SECRET_ACCESS_KEY'] = env.AWS_SECRET_ACCESS_KEY;
  const store = openStore(env.DATABASE_URL);
  const tables = openSourceTables({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT });
  const dumps = openDumps();
  await store.pool.query(
    'INSERT INTO accounts (source_id, name, locale, migration) VALUES ($1, $1, $2, $3)',
    [ACCOUNT, 'en-US', { status: 'migrating', recentSince: RECENT_SINCE }],
  );
  await store.pool.query('INSERT INTO brands (account_id, source_id, name) SELECT id, $1, $1 FROM accounts', [
    BRAND,
  ]);

  const importSlices = createImportSlices({ store, tables, dumps, options: { moreLanesFrom: Infinity } });
  const completePhase = createCompletePhase({ store, dumps, setBrandStatus: () => Promise.resolve() });
  const activity = () => new MockActivityEnvironment(defaultActivityInfo);
  const begun = performance.now();
  const before = process.cpuUsage();
  let importing = 0;
  for (const phase of ['recent', 'remaining'] satisfies Phase[]) {
    const input = { accountId: ACCOUNT, brandId: BRAND, phase };
    const start = performance.now();
    let progress: ImportProgress = await activity().run(importSlices, input);
    while (!progress.finished) progress = await activity().run(importSlices, input);
    const seconds = (performance.now() - start) / 1000;
    importing += seconds;
    const checking = performance.now();
    const summary = await activity().run(completePhase, input);
    const checked = (performance.now() - checking) / 1000;
    console.log(
      `${phase}: imported in ${seconds.toFixed(2)} s, settled and checked in ${checked.toFixed(2)} s`,
      summary,
    );
  }
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  const memory = Math.round(process.memoryUsage().rss / 1e6);
  const cpu = ((user + system) / 1e6).toFixed(1);
  console.log(`import: ${rate(importing)} messages/s; with settling and checks: ${rate(seconds)} messages/s`);
  console.log(`this process: ${cpu} s of CPU, ${memory} MB`);
  tables.close();
  await store.close();
}

function rate(seconds: number): number {
  return Math.round(messages / seconds);
}
