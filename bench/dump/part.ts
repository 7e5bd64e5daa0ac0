import { createBucket, startS3Server } from '../../dev/servers/s3.js';
import type { S3Bucket } from '../../dev/servers/s3.js';
import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { cpuNote, rate, say } from '../frame/usage.js';
import { runLimit } from '../limit/run.js';
import { assertSame } from '../world/held.js';
import { migrate } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import { servedAccount } from '../world/served.js';
import { description } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';
import { writeDump } from './files.js';
import type { WrittenDump } from './files.js';

const SHAPE: Shape = { name: 'dump', messages: Number(process.env['BENCH_MESSAGES'] ?? 400_000) };
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const PREFIX = 'bench';

/**
 * Compares a whole migration out of a dump, with the shipped processes, with the best plain script for the same work, alternately on the same
 * servers, each into its own database.
 */
export const dumpPart: Part = {
  name: 'dump',
  async run() {
    const { env } = await sharedStack();
    const server = await startS3Server();
    const bucket = await createBucket(server);
    try {
      const dump = await writeDump({ ...bucket, prefix: PREFIX }, SHAPE);
      const environment = environmentOf(bucket);
      const plain = { script: 'from-dump.js', environment } as const;
      const account = servedAccount(SHAPE, { dump: { bucket: bucket.bucket, prefix: PREFIX } });
      const [limits, imports]: [Measured[], Measured[]] = [[], []];
      // The first run warms the servers up for the following ones.
      say('warming up', await runLimit(env, SHAPE, plain));
      for (let round = 0; round < ROUNDS; round += 1) {
        limits.push(say('plain script', await runLimit(env, SHAPE, plain)));
        imports.push(say('Carryover', await migrate(env, SHAPE, { account, environment })));
      }
      assertSame([...limits, ...imports]);
      return rowsOf(dump, limits, imports);
    } finally {
      bucket.client.destroy();
      await server.stop();
    }
  },
};

/** The DynamoDB of the stack accepts any credentials. */
function environmentOf({ endpoint, region, credentials, bucket }: S3Bucket): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    BENCH_BUCKET: bucket,
    BENCH_PREFIX: PREFIX,
  };
}

function rowsOf(dump: WrittenDump, limits: readonly Measured[], imports: readonly Measured[]): Row[] {
  const of = `dump of ${description(SHAPE)}`;
  const speed = (runs: readonly Measured[]) => {
    const megabytes = dump.unpacked / 1e6 / median(runs.map(({ seconds }) => seconds));
    return `${rate(SHAPE.messages, runs)}, ${megabytes.toFixed(1)} MB/s`;
  };
  const size = `${(dump.packed / 1e6).toFixed(1)} MB packed, ${(dump.unpacked / 1e6).toFixed(1)} MB unpacked`;
  return [
    { what: `plain script, ${of}`, measured: speed(limits), note: `${size}; ${cpuNote(limits)}` },
    {
      what: `Carryover, ${of}, from the start to all-messages-migrated`,
      measured: speed(imports),
      ratio: spread(imports.map(({ seconds }, round) => (limits[round]?.seconds ?? 0) / seconds)),
      wanted: '≥ 0.70',
      note: cpuNote(imports),
    },
    {
      what: 'peak memory of its worker, the process alone',
      measured: `${whole(Math.max(...imports.map(({ memory }) => memory)))} MB`,
      wanted: '≤ 220 MB',
    },
  ];
}
