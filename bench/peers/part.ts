import { startStack } from '../../dev/servers/stack.js';
import { whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import { description } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { installSinger, runSinger } from './singer.js';
import type { Singer } from './singer.js';

const SHAPE: Shape = {
  name: 'peers',
  messages: Number(process.env['BENCH_MESSAGES'] ?? 200_000),
};

/**
 * The off-the-shelf alternative: Singer's tap-dynamodb into target-postgres, on the same tables. It has its own servers, because the tap reads
 * whole tables.
 */
export const peersPart: Part = {
  name: 'peers',
  async run() {
    const singer = await installSinger().catch((error: unknown) => String(error).split('\n')[0] ?? '');
    if (typeof singer === 'string')
      return [{ what: 'Singer', measured: 'skipped', note: `cannot be installed here: ${singer}` }];
    return compare(singer);
  },
};

async function compare(singer: Singer): Promise<Row[]> {
  const stack = await startStack({ dynamodb: 'local' });
  try {
    await fillSource(stack.env, SHAPE);
    const own = await migrate(stack.env, SHAPE);
    const theirs = await runSinger(singer, stack.env, SHAPE);
    const again = await migrate(stack.env, SHAPE);
    const seconds = (own.seconds + again.seconds) / 2;
    return [
      { what: `Singer's tap-dynamodb into target-postgres, ${description(SHAPE)}`, measured: rate(theirs) },
      {
        what: 'Carryover, to all-messages-migrated',
        measured: rate(seconds),
        ratio: (theirs / seconds).toFixed(1),
        wanted: '≥ 5',
      },
    ];
  } finally {
    await stack.stop();
  }
}

function rate(seconds: number): string {
  return `${whole(SHAPE.messages / seconds)} messages/s`;
}
