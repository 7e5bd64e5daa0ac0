import { median, spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { besideMove } from './agents.js';
import { back, type Moved, ours, plain, rowByRow } from './ways.js';
import { benchInboxes, type BenchChatwoot, type BenchInboxes } from './world.js';

const WAYS = {
  Carryover: ours,
  'one UPDATE a table, in one transaction': plain,
  'a job, conversation by conversation': rowByRow,
} as const;
type Way = keyof typeof WAYS;

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
/** About 10,000 conversations with 200,000 messages. */
const CONTACTS = Number(process.env['BENCH_CONTACTS'] ?? 6_600);
const MESSAGES = 20;

interface Measured extends Moved {
  readonly rate: number;
  /** Our way: the move is reversed at once. */
  readonly back?: Moved;
}

/** Moves an inbox in three ways, in turn, each time in a copy of the same database. */
export const inboxPart: Part = {
  name: 'inbox',
  async run() {
    const inboxes = await benchInboxes(CONTACTS, MESSAGES);
    try {
      const found: Record<Way, Measured[]> = {
        Carryover: [],
        'one UPDATE a table, in one transaction': [],
        'a job, conversation by conversation': [],
      };
      let size = { conversations: 0, messages: 0 };
      for (let round = 0; round < ROUNDS; round += 1)
        for (const way of Object.keys(WAYS) as Way[]) {
          const { database, measured } = await measure(inboxes, way);
          size = database;
          found[way].push(measured);
        }
      return [...rowsOf(found, size), await onCopy(inboxes, besideMove)];
    } finally {
      await inboxes.drop();
    }
  },
};

async function measure(inboxes: BenchInboxes, way: Way) {
  return onCopy(inboxes, async (database) => {
    const moved = await WAYS[way](database);
    const more = way === 'Carryover' ? { back: await back(database) } : {};
    return { database, measured: { ...moved, ...more, rate: database.messages / moved.seconds } };
  });
}

async function onCopy<T>(inboxes: BenchInboxes, work: (database: BenchChatwoot) => Promise<T>): Promise<T> {
  const database = await inboxes.copy();
  try {
    return await work(database);
  } finally {
    await database.drop();
  }
}

function rowsOf(
  found: Record<Way, readonly Measured[]>,
  { conversations, messages }: Pick<BenchChatwoot, 'conversations' | 'messages'>,
): Row[] {
  const limit = found['one UPDATE a table, in one transaction'];
  const rows = (Object.keys(WAYS) as Way[]).map((way) => {
    const locks = Math.max(...found[way].map(({ longestLockMs }) => longestLockMs));
    const ratios = found[way].map(({ rate }, n) => rate / (limit[n]?.rate ?? rate));
    return {
      what: `${way}: ${whole(conversations)} conversations, ${whole(messages)} messages`,
      measured: `${whole(median(found[way].map(({ rate }) => rate)))} messages/s`,
      ratio: spread(ratios),
      ...(way === 'Carryover' && { wanted: '≥ 0.5' }),
      note: `longest lock ${whole(locks)} ms; memory ${whole(process.memoryUsage().rss / 1e6)} MB`,
    };
  });
  const backs = found.Carryover.flatMap((each) => each.back ?? []);
  const taken = backs.map(({ seconds }) => messages / seconds);
  return [
    ...rows,
    {
      what: 'Carryover, taken back',
      measured: `${whole(median(taken))} messages/s`,
      wanted: 'locks ≤ 250 ms',
      note: `longest lock ${whole(Math.max(...backs.map(({ longestLockMs }) => longestLockMs)))} ms`,
    },
  ];
}
