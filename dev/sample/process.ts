import closeWithGrace from 'close-with-grace';
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startSampleWorld } from './main.js';

/**
 * The sample world as a process: `--data DIR --dynamodb URL [--seed N] [--now ISO] [--threads N] [--messages N]`. It prints its environment as
 * `NAME=value` lines once everything is seeded and up, and ends on SIGTERM. AWS's usual variables give DynamoDB's region and credentials.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    dynamodb: { type: 'string', default: process.env['DYNAMODB_ENDPOINT'] ?? '' },
    seed: { type: 'string', default: '1' },
    now: { type: 'string' },
    threads: { type: 'string', default: '2000' },
    messages: { type: 'string', default: '40000' },
  },
});
if (values.data === undefined || values.dynamodb === '') {
  console.error('The sample world needs --data DIR and --dynamodb URL (or DYNAMODB_ENDPOINT).');
  process.exit(78);
}

let said = -1;
const world = await startSampleWorld({
  dataDir: values.data,
  dynamodb: {
    endpoint: values.dynamodb,
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    credentials: {
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'local',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'local',
    },
  },
  seed: Number(values.seed),
  ...(values.now === undefined ? {} : { now: new Date(values.now) }),
  account: { threads: Number(values.threads), messages: Number(values.messages) },
  onProgress({ written, total }) {
    const percent = Math.floor((written * 10) / total) * 10;
    if (percent !== said) console.error(`sample records: ${percent}%`);
    said = percent;
  },
});
closeWithGrace({ delay: 5_000, logger: false }, () => world.stop());
const lines = Object.entries({ ...world.env, SAMPLE_ACCOUNT_ID: world.account.accountId });
writeSync(1, `${lines.map(([name, value]) => `${name}=${value}`).join('\n')}\n`);
