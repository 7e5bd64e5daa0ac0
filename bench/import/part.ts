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
}

const ALL: readonly Compared[] = [
  { shape: { name: 'import', messages: MESSAGES }, wanted: '≥ 0.90' },
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
      const { limits, imports } = await compare(compared.shape);
      rows.push(...rowsOf(compared, limits, imports));
      peaks.push(...imports.map(({ memory }) => memory));
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
  readonly imports: Measured[];
}

async function compare(shape: Shape): Promise<Runs> {
  const { env } = await sharedStack();
  await fillSource(env, shape);
  // The first run warms the servers up for the following ones.
  say('warming up', await runLimit(env, shape));
  const runs: Runs = { limits: [], imports: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    runs.limits.push(say('plain script', await runLimit(env, shape)));
    runs.imports.push(say('Carryover', await migrate(env, shape)));
  }
  assertSame([...runs.limits, ...runs.imports]);
  return runs;
}

function rowsOf(
  { shape, wanted = '' }: Compared,
  limits: readonly Measured[],
  imports: readonly Measured[],
): Row[] {
  const ratios = imports.map((run, round) => (limits[round]?.seconds ?? 0) / run.seconds);
  const of = description(shape);
  return [
    { what: `plain script, ${of}`, measured: rate(shape.messages, limits), note: cpuNote(limits) },
    {
      what: `Carryover, ${of}, from the start to all-messages-migrated`,
      measured: rate(shape.messages, imports),
      ratio: spread(ratios),
      wanted,
      note: cpuNote(imports),
    },
  ];
}
