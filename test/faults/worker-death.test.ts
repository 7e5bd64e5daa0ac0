import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carryover, startCarryover, until } from '../e2e/carryover.js';
import { expectExplained } from '../e2e/explained.js';
import { startMigration, statusesUntilDone } from '../e2e/more-accounts.js';
import { expectStoreToHold } from '../e2e/plain-reading.js';

describe('an account whose only worker dies in the middle of its import', () => {
  let carryover: Carryover;
  let accountId: string;
  let pids: number[];

  beforeAll(async () => {
    carryover = await startCarryover({
      account: { seed: 7, accountId: 'acc_7', threads: 300, messages: 6_000, dirt: 'all' },
    });
    accountId = carryover.world.account.accountId;
  });
  afterAll(async () => {
    await carryover?.stop();
  });

  it('is completed by two others, and no status on the way is a failure', async () => {
    await startMigration(carryover, accountId);
    const first = carryover.startWorker();
    await until(async () => {
      const { rows } = await carryover.store.query('SELECT 1 FROM messages LIMIT 1');
      return rows.length > 0;
    });
    await carryover.kill(first);
    pids = [carryover.startWorker(), carryover.startWorker()].map(({ pid }) => pid);
    // Until Temporal misses its heartbeat.
    await expectExplained(carryover, accountId, /waits for .*has given no sign of life since/);
    const seen = await statusesUntilDone(carryover, accountId);
    expect([...seen].filter((status) => status.endsWith('failure'))).toEqual([]);
  });

  it('is held exactly as the source has it, and each of its numbers was ordered once', async () => {
    await expectStoreToHold(carryover.store, carryover.world.account);
    expect(carryover.world.carrier.orders.size).toBe(carryover.world.account.counts.ports);
  });

  it('was worked on by both of them', async () => {
    const connection = await Connection.connect({ address: carryover.stack.env.TEMPORAL_ADDRESS });
    const client = new Client({ connection, namespace: carryover.stack.env.TEMPORAL_NAMESPACE });
    const workers = new Set<number>();
    for await (const { workflowId, runId } of client.workflow.list()) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const { activityTaskStartedEventAttributes: started } of events ?? [])
        if (started) workers.add(Number.parseInt(started.identity ?? '', 10));
    }
    await connection.close();
    expect([...workers]).toEqual(expect.arrayContaining(pids));
  });
});
