import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mix } from '../../../dev/sample/generator/random.js';
import { expectStoreToHold } from '../../e2e/plain-reading.js';
import { publish } from '../random/report.js';
import { WorkerCrew } from '../random/worker-crew.js';
import { expectNoTrace, expectRemovalsProved } from './agreement.js';
import { Scenario } from './scenario.js';

const SEED = Number(process.env['CARRYOVER_SEED'] ?? '500');

describe(`three accounts whose records change all the while, two of them migrated and polled (seed ${SEED})`, () => {
  let scenario: Scenario;
  let crew: WorkerCrew;

  beforeAll(async () => {
    scenario = await Scenario.open({ streams: false, seed: SEED });
    crew = new WorkerCrew(scenario.carryover, 2);
  });
  afterAll(() => scenario?.close());

  it('are migrated during the changes, through a pause, ports, a death of the poller and an outage of the source', async () => {
    const { writer, migrated, killing } = scenario;
    await scenario.start();
    await scenario.untilHeld(migrated[0]!, 50);
    await scenario.paused(migrated[0]!, () => writer.more(40));
    const victim = await crew.doing('pollSource', mix(SEED));
    await killing.somewhatLater(victim, mix(SEED, 1) % 24);
    await killing.kill(crew, victim);
    await scenario.untilDone();
    await scenario.away(10);
    await writer.more(40);
  });

  it('have every new record, once Carryover says that it has caught up', async () => {
    await scenario.writer.stop();
    await scenario.untilCaughtUp();
    for (const account of scenario.migrated) {
      const came = account.untouched();
      expect(came.length).toBeGreaterThan(0);
      const { rows } = await scenario.carryover.store.query<{ id: string }>(
        'SELECT source_id AS id FROM messages WHERE source_id = ANY ($1) UNION SELECT source_id FROM quarantined_records',
        [came],
      );
      const here = new Set(rows.map(({ id }) => id));
      expect(came.filter((id) => !here.has(id))).toEqual([]);
    }
    const seconds = await scenario.lag.stop();
    await publish({ following: 'polling', seed: SEED, acts: scenario.writer.acts, seconds: seconds.all });
  });

  it('agree item by item once they are finished, with every removal in the books and in the certificates', async () => {
    await scenario.finish();
    for (const account of scenario.migrated) {
      await expectStoreToHold(scenario.carryover.store, account.now());
      await expectRemovalsProved(scenario.carryover, account);
    }
  });

  it('and the third one has left no trace', () => expectNoTrace(scenario.carryover, scenario.outsider));
});
