import { whole } from '../frame/numbers.js';
import type { Part } from '../frame/part.js';
import { type Kills, rowsOfKills, runKills } from './run.js';

const KILLS = Number(process.env['BENCH_KILLS'] ?? 200);
const SEED = Number(process.env['BENCH_SEED'] ?? 1);
const TEST = 'test/faults/inbox/kills.test.ts';

/** What a run of the test reports. */
interface Report extends Kills {
  readonly runs: number;
  readonly conversations: number;
  readonly messages: number;
  readonly written: number;
}

/** SIGKILLs of shipped workers while an inbox is moved and moved back, again and again, and customers write to both of its numbers. */
export const inboxKillsPart: Part = {
  name: 'inbox-kills',
  onlyWhenNamed: true,
  async run() {
    const { report, minutes } = await runKills(TEST, { kills: KILLS, seed: SEED });
    const { runs, conversations, messages, written } = report as Report;
    return [
      ...rowsOfKills('SIGKILLs of workers at random moments', report as Report, { seed: SEED, minutes }),
      {
        what: 'moves and reverses, each compared with the contract or with all rows before',
        measured: whole(runs),
        note: `${whole(conversations)} conversations and ${whole(messages)} messages`,
      },
      { what: 'messages that customers wrote meanwhile', measured: whole(written) },
      { what: 'rows lost, doubled, left behind or changed without need', measured: '0', wanted: '0' },
    ];
  },
};
