import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import { createEngineImports } from '../../activities/engine/activities.js';
import type { Completed, LaneProgress } from '../../activities/engine/types.js';
import { importPass } from '../../activities/conversations/import/import-pass.js';
import { CONVERSATIONS, migrationOf } from '../../domain/conversations/migration.js';
import type { Phase } from '../../domain/conversations/phases.js';
import type { DumpTarget } from '../../dev/sample/dump.js';
import { startS3Server } from '../../dev/servers/s3.js';
import type { S3Server } from '../../dev/servers/s3.js';
import { openDumps } from '../../gateways/dumps/client.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { newDatabase } from '../world/database.js';
import type { BenchDatabase } from '../world/database.js';
import { accountOf, brandOf, description } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { RECENT_SINCE } from '../world/source/now.js';
import { writeDump } from './files.js';
import { prepareBrand } from '../world/prepared-brand.js';
import type { WrittenDump } from './files.js';
import { copyPlainly } from './limit.js';
import { systemClock } from '../../gateways/clock.js';

const SHAPE: Shape = {
  name: 'dump',
  messages: Number(process.env['BENCH_MESSAGES'] ?? 200_000),
};
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);

/**
 * Compares the import of a dump, one lane of it with its checks, with the best plain script for the same work: alternately, in this process, on
 * the same servers, each into its own database.
 */
export const dumpPart: Part = {
  name: 'dump',
  async run() {
    const { env } = await sharedStack();
    const server = await startS3Server();
    try {
      const target = { ...server, prefix: 'bench' };
      const dump = await writeDump(target, SHAPE);
      const inDatabase = async (work: (database: BenchDatabase) => Promise<number>) => {
        const database = await newDatabase(env.DATABASE_URL);
        try {
          const seconds = await work(database);
          console.error(`  ${seconds.toFixed(2)} s`);
          return seconds;
        } finally {
          await database.drop();
        }
      };
      const runLimit = () => inDatabase((database) => limit(database, target, dump));
      const [limits, imports]: [number[], number[]] = [[], []];
      await runLimit();
      for (let round = 0; round < ROUNDS; round += 1) {
        limits.push(await runLimit());
        imports.push(await inDatabase((database) => importDump(database, server, target)));
      }
      return rowsOf(dump, limits, imports);
    } finally {
      await server.stop();
    }
  },
};

async function limit({ pool }: BenchDatabase, target: DumpTarget, { names }: WrittenDump): Promise<number> {
  const begun = performance.now();
  const count = await copyPlainly(pool, target, names);
  if (count !== SHAPE.messages) throw new Error(`the plain script has written ${count} messages`);
  return (performance.now() - begun) / 1_000;
}

async function importDump(database: BenchDatabase, server: S3Server, target: DumpTarget): Promise<number> {
  const [accountId, brandId] = [accountOf(SHAPE), brandOf(SHAPE)];
  const { bucket, prefix } = target;
  await prepareBrand(database.pool, accountId, brandId, {
    recentSince: RECENT_SINCE,
    dump: { bucket, prefix },
  });
  // As many connections as a worker has.
  database.pool.options.max = 20;
  const clients = {
    clock: systemClock,
    tables: openSourceTables({ region: server.region }),
    dumps: openDumps(server),
  };
  const copy = importPass({ store: database, ...clients, finish: () => Promise.resolve() });
  const { copySlices, completePhase } = createEngineImports(
    { pool: database.pool, clock: systemClock },
    { [CONVERSATIONS]: { copy } },
  );
  const activity = () => new MockActivityEnvironment(defaultActivityInfo);
  const begun = performance.now();
  for (const phase of ['recent', 'remaining'] satisfies Phase[]) {
    const input = { ...migrationOf(accountId), unit: brandId, phase };
    let progress: LaneProgress = await activity().run(copySlices, input);
    while (!progress.finished) progress = await activity().run(copySlices, input);
    const { tally }: Completed = await activity().run(completePhase, input);
    if (phase === 'remaining' && tally['messages'] !== SHAPE.messages)
      throw new Error(`${tally['messages']} of ${SHAPE.messages} messages are in the store`);
  }
  const seconds = (performance.now() - begun) / 1_000;
  clients.tables.close();
  clients.dumps.close();
  return seconds;
}

function rowsOf(dump: WrittenDump, limits: readonly number[], imports: readonly number[]): Row[] {
  const of = `dump of ${description(SHAPE)}`;
  const rate = (seconds: readonly number[]) => {
    const middle = median(seconds);
    const megabytes = (dump.unpacked / 1e6 / middle).toFixed(1);
    return `${whole(SHAPE.messages / middle)} messages/s, ${megabytes} MB/s`;
  };
  const size = `${(dump.packed / 1e6).toFixed(1)} MB packed, ${(dump.unpacked / 1e6).toFixed(1)} MB unpacked`;
  return [
    { what: `plain script, ${of}`, measured: rate(limits), note: size },
    {
      what: `Carryover, ${of}, one lane, checks included`,
      measured: rate(imports),
      ratio: spread(imports.map((seconds, round) => (limits[round] ?? 0) / seconds)),
      note: `peak memory of the process ${whole(process.resourceUsage().maxRSS / 1_000)} MB`,
    },
  ];
}
