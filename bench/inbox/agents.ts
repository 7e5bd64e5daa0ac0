import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shop } from '../governor/shop.js';
import { at, commitsAlone, inWindow, quantile } from '../governor/windows.js';
import { whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';
import { endChild, startScript } from '../world/child.js';
import { shippedMove, type ShippedMove } from './shipped.js';
import type { BenchChatwoot } from './world.js';

/** Windows beside the move, in turn with as many in which it is paused: other changes in the machine affect both. */
const PAIRS = 40;
const FEWEST_PAIRS = 4;
const WINDOW_SECONDS = 3;
/** The time between two windows, in which the last batch ends or the first ones are written. */
const CHANGE_SECONDS = 1;
/** The time until the governor has found its speed. */
const SETTLING_SECONDS = 8;

/** An inbound message, as Chatwoot's job writes it, in a conversation of any inbox. */
const TALK = '(SELECT id FROM public.conversations WHERE id >= $1::integer ORDER BY id LIMIT 1)';
const WRITE = [
  `INSERT INTO public.messages (content, account_id, inbox_id, conversation_id, message_type, sender_type, sender_id, created_at, updated_at)
   SELECT 'live', account_id, inbox_id, id, 0, 'Contact', contact_id, now(), now() FROM public.conversations WHERE id = ${TALK}`,
  `UPDATE public.conversations SET last_activity_at = now(), updated_at = now() WHERE id = ${TALK}`,
];

/** What agents and customers notice of a move by a shipped worker, whose governor keeps to what a small commit takes without it. */
export async function besideMove(database: BenchChatwoot): Promise<Row> {
  const { rows } = await database.pool.query<{ last: number }>(
    'SELECT max(id) AS last FROM public.conversations',
  );
  const load = { connections: 4, keys: rows[0]?.last ?? 1, pauseMs: 15, statements: WRITE };
  const writers = startScript(new URL('../governor/shop.js', import.meta.url), {
    url: database.url,
    ...load,
  } satisfies Shop);
  let move: ShippedMove | undefined;
  try {
    const commitMs = await commitsAlone(database.url);
    // In whole milliseconds, rounded down: one more would allow commits to take much longer than they do.
    move = await shippedMove(database, { CHATWOOT_COMMIT_BUDGET_MS: String(Math.floor(commitMs)) });
    await move.start();
    await sleep(SETTLING_SECONDS * 1_000);
    return rowOf(await windows(writers, move), commitMs);
  } finally {
    await endChild(writers);
    await move?.stop();
  }
}

interface Windows {
  /** In milliseconds. */
  readonly alone: readonly number[];
  readonly beside: readonly number[];
  readonly pairs: number;
  /** Messages of the inbox that were moved in the windows beside the move. */
  readonly moved: number;
}

async function windows(writers: ChildProcess, move: ShippedMove): Promise<Windows> {
  const [alone, beside]: [number[], number[]] = [[], []];
  let [pairs, moved] = [0, 0];
  for (; pairs < PAIRS; pairs += 1) {
    const before = await move.moved();
    const times = await inWindow(writers, WINDOW_SECONDS);
    moved += (await move.moved()) - before;
    if (await move.isOver()) break;
    await move.steer('pause');
    await sleep(CHANGE_SECONDS * 1_000);
    alone.push(...(await inWindow(writers, WINDOW_SECONDS)));
    beside.push(...times);
    await move.steer('resume');
    await sleep(CHANGE_SECONDS * 1_000);
  }
  if (pairs < FEWEST_PAIRS) throw new Error('the move ended too soon; BENCH_CONTACTS makes it longer');
  return { alone, beside, pairs, moved };
}

function rowOf({ alone, beside, pairs, moved }: Windows, commitMs: number): Row {
  const longer = (quantile(0.95, beside) / quantile(0.95, alone) - 1) * 100;
  return {
    what: 'a message that is written meanwhile, beside a shipped worker with governor',
    measured: `p95 ${at(0.95, beside)} ms`,
    ratio: `${longer.toFixed(1)} % longer`,
    wanted: '≤ 5 % longer',
    note: `p95 ${at(0.95, alone)} ms while the move is paused, in turn, ${pairs} windows of ${WINDOW_SECONDS} s each; p50 ${at(0.5, beside)} and ${at(0.5, alone)} ms; ${whole(alone.length / pairs / WINDOW_SECONDS)} messages/s written, ${whole(moved / pairs / WINDOW_SECONDS)} messages/s moved; a small commit ${commitMs.toFixed(2)} ms`,
  };
}
