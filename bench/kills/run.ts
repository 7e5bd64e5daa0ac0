import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whole } from '../frame/numbers.js';
import type { Row } from '../frame/part.js';

export interface KillsWanted {
  readonly kills: number;
  readonly seed: number;
  /** More variables for the test. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Runs a long test of random kills, and returns its report. Throws if it fails. */
export async function runKills(
  test: string,
  { kills, seed, more = {} }: KillsWanted,
): Promise<{ readonly report: unknown; readonly minutes: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-kills-'));
  const file = join(folder, 'report.json');
  try {
    const begun = performance.now();
    const vitest = spawn('npx', ['vitest', 'run', '--project', 'faults', test], {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      env: {
        ...process.env,
        CARRYOVER_KILLS: String(kills),
        CARRYOVER_SEED: String(seed),
        CARRYOVER_KILLS_REPORT: file,
        ...more,
      },
      // Standard output is reserved for the table.
      stdio: ['ignore', process.stderr, 'inherit'],
    });
    const [status] = (await once(vitest, 'exit')) as [number | null];
    if (status !== 0) throw new Error(`${test} has failed with seed ${seed}`);
    const minutes = (performance.now() - begun) / 60_000;
    return { report: JSON.parse(await readFile(file, 'utf8')), minutes };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a test of kills counts: all, and by what the killed process was doing. */
export interface Kills {
  readonly kills: number;
  readonly killed: Readonly<Record<string, number>>;
}

/** @param what who is killed, and when */
export function rowsOfKills(
  what: string,
  { kills, killed }: Kills,
  { seed, minutes }: { readonly seed: number; readonly minutes: number },
): Row[] {
  const note = `seed ${seed}, two workers at a time, ${minutes.toFixed(1)} minutes`;
  return [
    { what, measured: whole(kills), note },
    ...Object.entries(killed).map(([doing, count]) => ({
      what: `of them: ${doing}`,
      measured: whole(count),
    })),
  ];
}
