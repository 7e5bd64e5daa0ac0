import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect, test, vi } from 'vitest';
import { openDataFolder } from '../../dev/servers/data-folder.js';
import { readTemporalConfig } from '../../dev/servers/temporal/temporal-config.js';
import { keepTemporalUp } from '../../dev/servers/temporal/temporal.js';
import { deadlineIn } from '../../gateways/clock.js';

test('a killed or frozen Temporal is restarted at its address with its data', async () => {
  const path = await mkdtemp(join(tmpdir(), 'carryover-kept-up-'));
  const pids: number[] = [];
  const folder = await openDataFolder(path, ({ pid }) => pids.push(pid));
  const restarts: string[] = [];
  const answering: Promise<void>[] = [];
  const server = await keepTemporalUp(
    { folder, config: readTemporalConfig(), log: () => undefined },
    {
      onRestart(why, again) {
        restarts.push(why);
        answering.push(again);
      },
      lookEveryMs: 500,
      shortLifeMs: 0,
    },
  );
  const started = async () => {
    const connection = await Connection.connect({ address: server.address, connectTimeout: '2s' });
    try {
      const { workflow } = new Client({ connection });
      return (await connection.withDeadline(deadlineIn(5_000), () => workflow.getHandle('kept').describe()))
        .type;
    } finally {
      await connection.close();
    }
  };
  try {
    const connection = await Connection.connect({ address: server.address });
    await new Client({ connection }).workflow.start('Kept', {
      workflowId: 'kept',
      taskQueue: 'nobody',
      args: [],
    });
    await connection.close();
    const signals = ['SIGKILL', 'SIGSTOP'] as const;
    for (const [at, signal] of signals.entries()) {
      process.kill(pids[at] ?? 0, signal);
      await vi.waitFor(() => expect(answering).toHaveLength(at + 1), { interval: 100 });
      // One that is frozen while it starts would be waited for.
      await answering[at];
      expect(pids).toHaveLength(at + 2);
      await vi.waitFor(async () => expect(await started()).toBe('Kept'), { interval: 200 });
    }
    expect(restarts).toEqual(['Temporal died: it was ended by SIGKILL.', 'Temporal does not answer.']);
  } finally {
    await server.stop();
    await folder.release();
    await rm(path, { recursive: true });
  }
});

test('a server that dies right after each start is not restarted for ever', async () => {
  const path = await mkdtemp(join(tmpdir(), 'carryover-kept-up-'));
  const pids: number[] = [];
  const folder = await openDataFolder(path, ({ pid }) => pids.push(pid));
  const server = await keepTemporalUp(
    { folder, config: readTemporalConfig(), inMemory: true, log: () => undefined },
    { onRestart: () => undefined, shortLifeMs: 600_000 },
  );
  try {
    process.kill(server.pid, 'SIGKILL');
    expect(await server.died).toBe('Temporal died: it was ended by SIGKILL.');
    expect(pids).toHaveLength(1);
  } finally {
    await server.stop();
    await folder.release();
    await rm(path, { recursive: true });
  }
});
