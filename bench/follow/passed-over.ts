import { setTimeout as sleep } from 'node:timers/promises';
import { createSourceTables, sampleDocumentClient } from '../../dev/sample/dynamodb.js';
import { hintApplier } from '../../activities/conversations/streams/index.js';
import { startingShards } from '../../activities/conversations/streams/stream-starts.js';
import { systemClock } from '../../gateways/clock.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { scanRecords } from '../../gateways/dynamodb/streams/record-scan.js';
import { brandIndex } from '../../gateways/dynamodb/streams/scanned-records.js';
import { sourceStream } from '../../gateways/dynamodb/streams/source-stream.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';
import { newDatabase } from '../world/database.js';
import { emptySource, fillSource } from '../world/fill.js';
import { messageItems } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { answerOf, changeRecord } from './answers.js';
import { follow, haveFollowed } from './followed.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = 5;
/** Followed accounts, none of which changes. */
const FOLLOWED = Array.from({ length: 1_000 }, (_, n) => `br_of_nobody_${n}`);
const OTHERS = { name: 'others', messages: 40_000 };
const PAGE = 1_000;

interface Pass {
  readonly records: number;
  readonly seconds: number;
  /** CPU microseconds of this process for a record. */
  readonly cpu: number;
}

/** Changes of accounts that nobody migrates, which the follower only recognizes and skips. */
export async function passedOver(): Promise<Row[]> {
  const memory = Array.from({ length: ROUNDS }, fromMemory);
  const { passes, bytes } = await fromDynamoDB();
  const row = (from: string, some: readonly Pass[], note: string): Row => ({
    what: `changes of accounts that nobody migrates, passed over from ${from}`,
    measured: `${whole(median(some.map(({ records, seconds }) => records / seconds)))} records/s`,
    note: `CPU ${spread(some.map(({ cpu }) => cpu))} µs a record of this process; ${note}`,
  });
  return [
    row('memory', memory, `answers of ${PAGE} records of ${whole(bytes)} bytes, 1,000 followed brands`),
    row('DynamoDB Local', passes, 'one shard, which is read five times a second at most, and its HTTP'),
  ];
}

function pages(): Buffer[] {
  const records = [...messageItems({ ...OTHERS, messages: 20 * PAGE })].map((item, n) =>
    changeRecord(item, n),
  );
  return Array.from({ length: 20 }, (_, n) => answerOf(records.slice(n * PAGE, (n + 1) * PAGE), 'next'));
}

function fromMemory(): Pass {
  const brands = brandIndex(FOLLOWED);
  const answers = pages();
  const scanAll = () =>
    answers.reduce((sum, answer) => sum + scanRecords(answer, 'messages', brands).count, 0);
  scanAll();
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  let records = 0;
  while (performance.now() < begun + 1_000 * SECONDS) records += scanAll();
  return passOf(records, begun, cpu);
}

async function fromDynamoDB(): Promise<{ readonly passes: Pass[]; readonly bytes: number }> {
  const { env } = await sharedStack();
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY }); // prettier-ignore
  const document = sampleDocumentClient({
    endpoint: env.DYNAMODB_ENDPOINT,
    region: env.AWS_REGION,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
  });
  await emptySource(env);
  await createSourceTables(document, { streams: true });
  document.destroy();
  await fillSource(env, OTHERS);
  const tables = openSourceTables({ region: env.AWS_REGION, endpoint: env.DYNAMODB_ENDPOINT });
  const stream = sourceStream(tables, 'messages');
  const passes: Pass[] = [];
  try {
    const found = await stream.find();
    if ('lacks' in found) throw new Error(found.lacks);
    for (let round = 0; round < ROUNDS; round += 1) {
      const database = await newDatabase(env.DATABASE_URL);
      const store = openStore(database.url, { applicationName: 'carryover-worker' });
      const shards = await startingShards(stream, found.arn, new Date());
      await haveFollowed(store, [{ accountId: 'acc_of_nobody', brandId: 'br_of_nobody' }], {
        arn: found.arn,
        shards,
      });
      let records = 0;
      const [cpu, begun] = [process.cpuUsage(), performance.now()];
      const stop = follow(
        store,
        stream,
        hintApplier({ store, tables, clock: systemClock }),
        (more) => (records += more),
      );
      while (records < OTHERS.messages && performance.now() < begun + 120_000) await sleep(50);
      passes.push(passOf(records, begun, cpu));
      await stop();
      await store.close();
      await database.drop();
    }
  } finally {
    tables.close();
    await emptySource(env);
  }
  return { passes, bytes: median(pages().map((page) => page.length)) / PAGE };
}

function passOf(records: number, begun: number, cpu: NodeJS.CpuUsage): Pass {
  const { user, system } = process.cpuUsage(cpu);
  return { records, seconds: (performance.now() - begun) / 1_000, cpu: (user + system) / records };
}
