import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signToken } from '../../cli/token.js';
import { median, spread } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { startApi } from '../world/api.js';
import { endChild } from '../world/child.js';
import { newDatabase } from '../world/database.js';
import { prepareBrand } from '../world/prepared-brand.js';
import { RECENT_SINCE } from '../world/source/now.js';
import { sharedStack } from '../world/stack.js';

/** The migration that is shown. */
const SHOWN = 'acc_1';
const ROUNDS = 2 * Number(process.env['BENCH_ROUNDS'] ?? 5) + 1;
const MIGRATIONS = 50;
const SECRET = 'a secret that only this benchmark knows';
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const COMMANDS = {
  node: ['node', '-e', '0'],
  command: ['node', 'dist/processes/carryover.js', 'status', SHOWN],
  npx: ['npx', 'carryover', 'status', SHOWN],
} as const;

/** Times `npx carryover status ACCOUNT` against a running API with some migrations, and Node that does nothing. */
export const commandLinePart: Part = {
  name: 'command-line',
  async run() {
    const { env } = await sharedStack();
    const database = await newDatabase(env.DATABASE_URL);
    const api = await startApi({ ...env, DATABASE_URL: database.url }, { AUTH_JWT_SECRET: SECRET });
    try {
      for (let n = 1; n <= MIGRATIONS; n += 1)
        await prepareBrand(database.pool, `acc_${n}`, `br_${n}`, { recentSince: RECENT_SINCE });
      const token = await signToken({ secret: SECRET, role: 'operator', sub: 'bench', expiresIn: '8h' });
      const times = { node: [] as number[], command: [] as number[], npx: [] as number[] };
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const name of ['node', 'command', 'npx'] as const) {
          const seconds = await timed(COMMANDS[name], { CARRYOVER_URL: api.url, CARRYOVER_TOKEN: token });
          // The first round fills the caches of the file system.
          if (round > 0) times[name].push(seconds);
        }
      }
      return rowsOf(times);
    } finally {
      await endChild(api.process);
      await database.drop();
    }
  },
};

/** Throws if the command fails, or does not name the migration. */
async function timed(
  [program, ...args]: readonly [string, ...string[]],
  environment: Record<string, string>,
): Promise<number> {
  const begun = performance.now();
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
  });
  const seconds = (performance.now() - begun) / 1_000;
  if (args.includes('status') && !stdout.includes(SHOWN))
    throw new Error(`${program} ${args.join(' ')} does not show the migration: ${stdout.slice(0, 200)}`);
  return seconds;
}

function rowsOf({ node, command, npx }: Record<keyof typeof COMMANDS, readonly number[]>): Row[] {
  const measured = (times: readonly number[]) => `${spread(times)} s`;
  const ratio = (times: readonly number[]) => (median(times) / median(node)).toFixed(1);
  return [
    { what: '`node -e 0`', measured: measured(node) },
    {
      what: '`node dist/processes/carryover.js status ACCOUNT`',
      measured: measured(command),
      ratio: ratio(command),
    },
    {
      what: '`npx carryover status ACCOUNT`',
      measured: measured(npx),
      ratio: ratio(npx),
      wanted: '≤ 0.5 s',
      note: `${MIGRATIONS} migrations; median of ${ROUNDS} rounds, in turn`,
    },
  ];
}
