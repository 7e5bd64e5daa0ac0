import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mix } from '../../../dev/sample/generator/random.js';
import { viewOf } from '../../e2e/more-accounts.js';
import { expectStoreToHold } from '../../e2e/plain-reading.js';
import { publish } from '../random/report.js';
import { WorkerCrew } from '../random/worker-crew.js';
import { expectNoDifferences, expectNoTrace, expectRemovalsProved } from './agreement.js';
import { Scenario } from './scenario.js';

const SEED = Number(process.env['CARRYOVER_SEED'] ?? '400');

describe(`three accounts whose records change all the while, two of them migrated and followed by streams (seed ${SEED})`, () => {
  let scenario: Scenario;
  let crew: WorkerCrew;

  beforeAll(async () => {
    scenario = await Scenario.open({ streams: true, seed: SEED });
    crew = new WorkerCrew(scenario.carryover, 2);
  });
  afterAll(() => scenario?.close());

  const killFollower = async (kill: number) => {
    const victim = await crew.doing('followTable', mix(SEED, kill));
    await scenario.killing.somewhatLater(victim, mix(SEED, kill, 1) % 24);
    await scenario.killing.kill(crew, victim);
  };

  it('are migrated during the changes, through a pause, ports, deaths of followers and an outage of the source', async () => {
    const { lag, writer, migrated } = scenario;
    await lag.disturbed(async () => {
      await scenario.start();
      await scenario.untilHeld(migrated[0]!, 50);
      await scenario.paused(migrated[0]!, async () => {
        await writer.more(40);
        await killFollower(1);
        await writer.more(40);
      });
      await scenario.untilDone();
      await scenario.away(12);
      await writer.more(60);
      await killFollower(2);
      await writer.more(60);
      await scenario.untilCaughtUp();
    });
    await writer.more(250);
  });

  it('are held item by item as the source has them, once Carryover says that it has caught up', async () => {
    await scenario.writer.stop();
    await scenario.untilCaughtUp();
    for (const account of scenario.migrated) await expectStoreToHold(scenario.carryover.store, account.now());
    expect(await scenario.gaps()).toBe(0);
    for (const { accountId } of scenario.migrated)
      expect((await viewOf(scenario.carryover, accountId)).verification).toBeNull();
    const seconds = await scenario.lag.stop();
    expect(seconds.calm.changes).toBeGreaterThan(0);
    await publish({ following: 'streams', seed: SEED, acts: scenario.writer.acts, seconds });
  });

  it('are finished without a difference, with every removal in the books and in the certificates', async () => {
    await scenario.finish();
    for (const account of scenario.migrated) {
      await expectNoDifferences(scenario.carryover, account);
      await expectStoreToHold(scenario.carryover.store, account.now());
      await expectRemovalsProved(scenario.carryover, account);
    }
  });

  it('and the third one has left no trace', () => expectNoTrace(scenario.carryover, scenario.outsider));
});
