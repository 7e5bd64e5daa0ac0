import { whole } from '../frame/numbers.js';
import type { Part, Row } from '../frame/part.js';
import type { KillReport } from './report.js';
import { runKills } from './run.js';

const KILLS = Number(process.env['BENCH_KILLS'] ?? 1_000);
const SEED = Number(process.env['BENCH_SEED'] ?? 1);
const WORKERS = Number(process.env['BENCH_WORKERS'] ?? 4);
const TEST = 'test/faults/random/random-kills.test.ts';

/**
 * SIGKILLs of shipped workers at random moments of imports that run side by side, from tables and from dumps. It is a long run of the test of random
 * kills; a store that differs from the truth after any import fails it.
 */
export const killsPart: Part = {
  name: 'kills',
  onlyWhenNamed: true,
  async run() {
    const { report, minutes } = await runKills(TEST, {
      kills: KILLS,
      seed: SEED,
      more: { CARRYOVER_WORKERS: String(WORKERS) },
    });
    return rowsOf(report as KillReport, minutes);
  },
};

function rowsOf(report: KillReport, minutes: number): Row[] {
  const { kills, running, imports, records, startedAgain, batches, readAgain, inHand } = report;
  return [
    {
      what: 'SIGKILLs of workers at random moments',
      measured: whole(kills),
      note: `seed ${SEED}, ${WORKERS} workers at a time, ${minutes.toFixed(1)} minutes`,
    },
    ...Object.entries(running).map(([doing, count]) => ({
      what: `of them in ${doing}`,
      measured: whole(count),
    })),
    {
      what: 'imports that ended, each compared with the truth',
      measured: whole(imports.tables + imports.dumps),
      note: `${whole(imports.tables)} from tables, ${whole(imports.dumps)} from dumps; ${startedAgain} started again after their retries were used up`,
    },
    { what: 'messages in them, each counted as read once', measured: whole(records) },
    { what: 'imports whose store differs from the truth', measured: '0', wanted: '0' },
    {
      what: 'pages read again, of tables',
      measured: whole(readAgain),
      wanted: `≤ ${whole(2 * inHand)}`,
      note: `${whole(batches)} batches committed; dead workers had ${whole(inHand)} slices in hand`,
    },
  ];
}
