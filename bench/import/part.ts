import type { Part, Row } from '../frame/part.js';
import { median, spread, whole } from '../frame/numbers.js';
import { runLimit } from '../limit/run.js';
import { fillSource } from '../world/fill.js';
import { migrate } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import type { Shape } from '../world/source.js';
import { sharedStack } from '../world/stack.js';

const SHAPE: Shape = {
  name: 'import',
  messages: Number(process.env['BENCH_MESSAGES'] ?? 200_000),
  perThread: 40,
};
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);

/** Compares the import with the best plain script for the same work, alternately on the same servers. */
export const importPart: Part = {
  name: 'import',
  async run() {
    const { env } = await sharedStack();
    await fillSource(env, SHAPE);
    // The first run warms the servers up for the following ones.
    say('warming up', await runLimit(env, SHAPE));
    const limits: Measured[] = [];
    const imports: Measured[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      limits.push(say('plain script', await runLimit(env, SHAPE)));
      imports.push(say('Carryover', await migrate(env, SHAPE)));
    }
    return rowsOf(limits, imports);
  },
};

function rowsOf(limits: readonly Measured[], imports: readonly Measured[]): Row[] {
  const of = `${whole(SHAPE.messages)} messages in threads of ${SHAPE.perThread}`;
  const ratios = imports.map((run, round) => (limits[round]?.seconds ?? 0) / run.seconds);
  const memory = Math.max(...imports.map((run) => run.memory));
  return [
    { what: `plain script, ${of}`, measured: rate(limits), note: cpuNote(limits) },
    {
      what: `Carryover, ${of}, from the start to all-messages-migrated`,
      measured: rate(imports),
      ratio: spread(ratios),
      wanted: '≥ 0.90',
      note: cpuNote(imports),
    },
    { what: 'peak memory of its worker', measured: `${whole(memory)} MB`, wanted: '< 300 MB' },
  ];
}

function rate(runs: readonly Measured[]): string {
  return `${whole(SHAPE.messages / median(runs.map(({ seconds }) => seconds)))} messages/s`;
}

function cpuNote(runs: readonly Measured[]): string {
  const names = Object.keys(runs[0]?.cpu ?? {});
  const parts = names.map((name) => `${name} ${median(runs.map(({ cpu }) => cpu[name] ?? 0)).toFixed(1)}`);
  return `CPU seconds: ${parts.join(', ')}`;
}

function say(name: string, run: Measured): Measured {
  const cpu = Object.entries(run.cpu)
    .map(([program, seconds]) => `${program} ${seconds.toFixed(2)}`)
    .join(', ');
  console.error(`  ${name}: ${run.seconds.toFixed(2)} s; CPU ${cpu}; ${whole(run.memory)} MB`);
  return run;
}
