import { whole } from '../frame/numbers.js';
import type { Part } from '../frame/part.js';
import { type Kills, rowsOfKills, runKills } from './run.js';

const KILLS = Number(process.env['BENCH_KILLS'] ?? 300);
const SEED = Number(process.env['BENCH_SEED'] ?? 1);
const TEST = 'test/faults/onboarding/kills.test.ts';

/** What a run of the test reports. */
interface Report extends Kills {
  readonly migrations: number;
  readonly migrated: number;
  readonly rolledBack: number;
  readonly moves: number;
  readonly sessionsSeen: number;
}

/** SIGKILLs of shipped workers and of Redis while users are migrated and rolled back, again and again, and are active meanwhile. */
export const onboardingKillsPart: Part = {
  name: 'onboarding-kills',
  onlyWhenNamed: true,
  async run() {
    const { report, minutes } = await runKills(TEST, { kills: KILLS, seed: SEED });
    const { migrations, migrated, rolledBack, moves, sessionsSeen } = report as Report;
    return [
      ...rowsOfKills('SIGKILLs of workers and of Redis at random moments', report as Report, {
        seed: SEED,
        minutes,
      }),
      {
        what: 'users migrated',
        measured: whole(migrated),
        note: `in ${whole(migrations)} migrations of all`,
      },
      { what: 'users rolled back', measured: whole(rolledBack) },
      { what: 'steps that people took meanwhile', measured: whole(moves) },
      { what: 'sessions that they looked at meanwhile', measured: whole(sessionsSeen) },
      { what: 'users half migrated, lost or doubled', measured: '0', wanted: '0' },
    ];
  },
};
