import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand, DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { median, percentiles, spread, whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';
import { cpuNote, rate, say } from '../frame/usage.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import type { Migrated } from '../world/migration.js';
import { description, messageItems } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { ChangeWatch } from './change-watch.js';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const IMPORTED: Shape = { name: 'import', messages: MESSAGES };
const OTHERS: Shape = { name: 'beside', messages: 80 };
/** At most. */
const CHANGES_PER_SECOND = 200;
const CHANGES_AT_ONCE = 20;

type Beside = 'alone' | 'others' | 'followed';

/** Ends the changes; returns how many there were in a second. */
type Changing = () => Promise<number>;

interface Round extends Migrated {
  /** Changes in a second. */
  readonly changes: number;
  /** Milliseconds until the changes made beside the import showed; empty if nobody follows them. */
  readonly late: readonly number[];
}

/** Imports in turn: without changes at the source, beside changes of an account that nobody migrates, and beside those of a followed account. */
export async function besideImport(): Promise<Row[]> {
  const { env } = await sharedStack();
  await fillSource(env, IMPORTED, OTHERS);
  await switchStreamsOn(env);
  const rounds: Record<Beside, Round[]> = { alone: [], others: [], followed: [] };
  say('warming up', await importBeside(env, 'alone'));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const beside of ['alone', 'others', 'followed'] as const)
      rounds[beside].push(say(beside, await importBeside(env, beside)));
  const ratio = (beside: Beside) =>
    spread(rounds[beside].map(({ seconds }, n) => (rounds.alone[n]?.seconds ?? Number.NaN) / seconds));
  const changed = (beside: Beside) =>
    beside === 'alone'
      ? ''
      : `${whole(median(rounds[beside].map(({ changes }) => changes)))} changes a second; `;
  const row = (what: string, beside: Beside, more = ''): Row => ({
    what: `an import of ${description(IMPORTED)}, ${what}`,
    measured: rate(MESSAGES, rounds[beside]),
    ...(beside === 'alone' ? {} : { ratio: ratio(beside) }),
    note: `${changed(beside)}${more}${cpuNote(rounds[beside])}`,
  });
  const late = rounds.followed.flatMap((round) => round.late);
  const lag = `lag ${percentiles(late)} of ${whole(late.length)} changes; `;
  return [
    row('with streams, while nothing changes', 'alone'),
    row('beside changes of an account that nobody migrates', 'others'),
    row('beside changes of an account that is followed', 'followed', lag),
  ];
}

/** Only now, so that the streams do not contain the imported records. */
async function switchStreamsOn(env: StackEnvironment): Promise<void> {
  const client = clientOf(env);
  for (const TableName of ['threads', 'messages'])
    await client.send(
      new UpdateTableCommand({
        TableName,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
  client.destroy();
}

async function importBeside(env: StackEnvironment, beside: Beside): Promise<Round> {
  let late: readonly number[] = [];
  let changes = 0;
  const migrated = await migrate(env, IMPORTED, {
    async beside({ database: { pool } }, small) {
      if (beside === 'alone') return async () => undefined;
      if (beside === 'others') {
        const stop = keepChanging(env, OTHERS);
        return async () => void (changes = await stop());
      }
      const watch = new ChangeWatch(
        pool,
        [...messageItems(small)].map((item) => item['message_id']?.S ?? ''),
      );
      const stop = keepChanging(env, small, (n) => watch.made(n));
      await watch.untilFirst();
      watch.forget();
      return async () => {
        changes = await stop();
        await watch.end();
        ({ late } = watch);
      };
    },
  });
  return { ...migrated, changes, late };
}

/**
 * Changes the messages of an account one after the other, over and over; calls `made` with the number of each change that is at the source. In
 * batches, because DynamoDB Local lets a write wait for the reads in progress, a single write as long as a batch.
 */
function keepChanging(
  env: StackEnvironment,
  shape: Shape,
  made: (n: number) => void = () => undefined,
): Changing {
  const client = clientOf(env);
  const items = [...messageItems(shape)];
  const stop = new AbortController();
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1_000;
  let next = 0;
  const changing = (async () => {
    while (!stop.signal.aborted) {
      // DynamoDB Local may be slower than this.
      while (next < seconds() * CHANGES_PER_SECOND && !stop.signal.aborted) {
        const batch = Array.from({ length: CHANGES_AT_ONCE }, (_, n) => next + n);
        const requests = batch.map((n) => ({
          PutRequest: { Item: { ...items[n % items.length], body: { S: `change ${n}` } } },
        }));
        await client.send(new BatchWriteItemCommand({ RequestItems: { messages: requests } }));
        for (const n of batch) made(n);
        next += CHANGES_AT_ONCE;
      }
      await sleep(10);
    }
  })();
  changing.catch(() => undefined);
  return async () => {
    stop.abort();
    await changing;
    client.destroy();
    return next / seconds();
  };
}

function clientOf(env: StackEnvironment): DynamoDBClient {
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  return new DynamoDBClient({ endpoint: env.DYNAMODB_ENDPOINT, region: env.AWS_REGION, credentials });
}
