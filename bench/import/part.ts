import { spread, whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import { cpuNote, rate, say } from '../frame/usage.js';
import { runLimit } from '../limit/run.js';
import { fillSource } from '../world/fill.js';
import { assertSame } from '../world/held.js';
import { migrate } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import { description } from '../world/source.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);

interface Compared {
  readonly shape: Shape;
  readonly wanted?: string;
  /** Compared with the lean script too. */
  readonly lean?: boolean;
}

const LEAN = { script: 'from-tables.js', environment: { BENCH_LEAN: '1' } } as const;

const ALL: readonly Compared[] = [
  { shape: { name: 'import', messages: MESSAGES }, wanted: '≥ 0.90', lean: true },
  { shape: { name: 'recordings', messages: MESSAGES, recordings: true }, wanted: '≥ 0.85' },
  { shape: { name: 'even', messages: MESSAGES, perThread: 40 } },
];

/** Compares the import with the best plain script for the same work, alternately on the same servers. */
export const importPart: Part = {
  name: 'import',
  async run() {
    const rows: Row[] = [];
    const peaks: number[] = [];
    for (const compared of ALL) {
      const runs = await compare(compared);
      rows.push(...rowsOf(compared, runs));
      peaks.push(...runs.imports.map(({ memory }) => memory));
    }
    const peak = `${whole(Math.max(...peaks))} MB`;
    return [
      ...rows,
      { what: 'peak memory of its worker, the process alone', measured: peak, wanted: '≤ 220 MB' },
    ];
  },
};

interface Runs {
  readonly limits: Measured[];
  /** The script without the SDK's copies for its log. */
  readonly leans: Measured[];
  readonly imports: Measured[];
}

async function compare({ shape, lean }: Compared): Promise<Runs> {
  const { env } = await sharedStack();
  await fillSource(env, shape);
  // The first run warms the servers up for the following ones.
  say('warming up', await runLimit(env, shape));
  const runs: Runs = { limits: [], leans: [], imports: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    runs.limits.push(say('plain script', await runLimit(env, shape)));
    if (lean) runs.leans.push(say('lean script', await runLimit(env, shape, LEAN)));
    runs.imports.push(say('Carryover', await migrate(env, shape)));
  }
  assertSame([...runs.limits, ...runs.leans, ...runs.imports]);
  return runs;
}

function rowsOf({ shape, wanted = '', lean }: Compared, { limits, leans, imports }: Runs): Row[] {
  const ratioTo = (others: readonly Measured[]) =>
    spread(imports.map((run, round) => (others[round]?.seconds ?? 0) / run.seconds));
  const of = description(shape);
  const rows: Row[] = [
    { what: `plain script, ${of}`, measured: rate(shape.messages, limits), note: cpuNote(limits) },
    {
      what: `Carryover, ${of}, from the start to all-messages-migrated`,
      measured: rate(shape.messages, imports),
      ratio: ratioTo(limits),
      wanted,
      note: cpuNote(imports),
    },
  ];
  if (!lean) return rows;
  const leanRow: Row = {
    what: "the plain script without the SDK's copies for its log; the ratio is Carryover's to it",
    measured: rate(shape.messages, leans),
    ratio: ratioTo(leans),
    note: cpuNote(leans),
  };
  return [...rows, leanRow];
}
