import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mix } from '../../../dev/sample/generator/random.js';
import { expectStoreToHold } from '../../e2e/plain-reading.js';
import { FOLLOWER_CRASH_POINTS } from '../crash-points.js';
import { DyingWorkers } from '../dying-workers.js';
import { publish } from '../random/report.js';
import { WorkerCrew } from '../random/worker-crew.js';
import { Scenario } from './scenario.js';

/** The same seed kills at the same places, as far as processes do the same twice. */
const SEED = Number(process.env['CARRYOVER_SEED'] ?? '600');
const KILLS = Number(process.env['CARRYOVER_KILLS'] ?? '4');
/** Requests to the source between the choice of a victim and its end, fewer than this. */
const MOST_REQUESTS = 24;

describe(`workers that follow the source die, and no change is missed (seed ${SEED})`, () => {
  let scenario: Scenario;
  let workers: DyingWorkers;

  beforeAll(async () => {
    scenario = await Scenario.open({ streams: true, seed: SEED });
    workers = new DyingWorkers(
      scenario.carryover,
      scenario.killing.client,
      FOLLOWER_CRASH_POINTS.map(({ at }) => at),
    );
  });
  afterAll(() => scenario?.close());

  it.each(FOLLOWER_CRASH_POINTS)('$place: $between ($at)', async ({ at }) => {
    await workers.die(async () => {
      if (at === FOLLOWER_CRASH_POINTS[0]?.at) await scenario.start();
    });
  });

  it(`${KILLS} times at random moments`, async () => {
    const crew = new WorkerCrew(scenario.carryover, 2);
    const running: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const victim = await crew.doing('followTable', mix(SEED, kill));
      await scenario.killing.somewhatLater(victim, mix(SEED, kill, 1) % MOST_REQUESTS);
      running.push(await scenario.killing.kill(crew, victim));
    }
    await publish({ following: 'kills', seed: SEED, running });
    await scenario.untilDone();
    await scenario.writer.more(40);
  });

  it('and store and source agree item by item', async () => {
    await scenario.writer.stop();
    await scenario.untilCaughtUp();
    for (const account of scenario.migrated) await expectStoreToHold(scenario.carryover.store, account.now());
    expect(await scenario.gaps()).toBe(0);
  });
});
