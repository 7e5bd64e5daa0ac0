import { migrationOf } from '../../domain/conversations/migration.js';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import type { AttachmentProgress } from '../../activities/conversations/types.js';
import { operationWorkflowId, portingWorkflowId } from '../../domain/conversations/ids.js';
import { REPORT } from '../../domain/engine/ids.js';
import type { Operation } from '../../domain/conversations/operations.js';
import { openTemporal, type TemporalClient } from '../../gateways/temporal/client.js';
import { openWorkflowControl, type WorkflowControl } from '../../gateways/temporal/workflow-control.js';
import { temporalAddress } from '../support/servers.js';
import { type DevNamespace, devNamespace, type RunningWorkers, runWorkers, until } from './environment.js';

type Activities = OperationActivities & {
  fetchAttachments(input: { accountId: string; brandId: string }): Promise<AttachmentProgress>;
};
type Scripts = { [Name in keyof Activities]?: Activities[Name] };

let server: DevNamespace;
let client: Client;
let temporal: TemporalClient;
let control: WorkflowControl;
let workers: RunningWorkers;
/** By account: what its activities do, and what was called. */
const scripts = new Map<string, Scripts>();
const calls: string[] = [];

beforeAll(async () => {
  server = await devNamespace('operations');
  ({ client } = server);
  const environment = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: server.namespace };
  temporal = openTemporal({ environment });
  control = openWorkflowControl({ environment });
  workers = await runWorkers(server, fakes());
});
afterAll(async () => {
  await workers.stop();
  await Promise.all([temporal.close(), control.close()]);
  await server.close();
});

function fakes(): Record<string, (input?: { accountId: string }) => Promise<unknown>> {
  const names: (keyof Activities)[] = [
    ...([
      'brandsToFetch',
      'sendReport',
      'endWorkflows',
      'cancelPorts',
      'removeImported',
      'finishReset',
    ] as const),
    ...(['retryQuarantined', 'fetchAttachments'] as const),
  ];
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (input?: { accountId: string }) => {
        calls.push(`${input?.accountId ?? ''} ${name}`);
        const script = scripts.get(input?.accountId ?? '')?.[name] as
          ((input: unknown) => unknown) | undefined;
        return script?.(input);
      },
    ]),
  );
}

let accounts = 0;
function account(script: Scripts): string {
  accounts += 1;
  scripts.set(`acc_${accounts}`, script);
  return `acc_${accounts}`;
}

async function ask(accountId: string, signal: Operation, more: object = {}): Promise<WorkflowHandle> {
  const workflowId = operationWorkflowId(accountId, signal);
  const payload = { by: 'operator', at: '2026-03-01T10:00:00.000Z', ...more };
  const message = { migration: migrationOf(accountId), workflowId, signal, payload };
  expect(await temporal.deliver(message, 5_000)).toBe('delivered');
  return client.workflow.getHandle(workflowId);
}

const callsOf = (accountId: string) =>
  calls.filter((call) => call.startsWith(`${accountId} `)).map((call) => call.split(' ')[1]);

function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

describe('a reset', () => {
  it('runs step by step, deletes until nothing is left, and starts again', async () => {
    let left = 3;
    let finishes = 0;
    const accountId = account({
      endWorkflows: async () => ({ asked: finishes < 2 }),
      cancelPorts: async () => ({ cancelled: 1, kept: 0 }),
      removeImported: async () => ({ done: --left <= 0 }),
      finishReset: async () => ({ finished: ++finishes === 2 }),
    });
    await (await ask(accountId, 'reset')).result();
    expect(callsOf(accountId).slice(0, 8)).toEqual([
      'endWorkflows',
      'cancelPorts',
      'removeImported',
      'removeImported',
      'removeImported',
      'finishReset',
      'removeImported',
      'finishReset',
    ]);
    expect(callsOf(accountId).filter((name) => name === 'cancelPorts')).toHaveLength(1);
  });

  it('that is requested while one runs waits for it, and does nothing if that has done it', async () => {
    const { passed, open } = gate();
    let asked = true;
    const accountId = account({
      endWorkflows: async () => ({ asked }),
      cancelPorts: async () => {
        await passed;
        return { cancelled: 0, kept: 0 };
      },
      removeImported: async () => ({ done: true }),
      finishReset: async () => {
        asked = false;
        return { finished: true };
      },
    });
    const first = await ask(accountId, 'reset');
    await until(() => callsOf(accountId).includes('cancelPorts'), 'the first is under way');
    await ask(accountId, 'reset');
    open();
    await first.result();
    expect(callsOf(accountId).filter((name) => name === 'finishReset')).toHaveLength(1);
    expect(callsOf(accountId).at(-1)).toBe('endWorkflows');
  });
});

describe('ending workflows', () => {
  it('cancels running ones, terminates those that do not end, and ignores missing ones', async () => {
    const { passed, open } = gate();
    const accountId = account({
      retryQuarantined: async () => {
        await passed;
        return { imported: 0, quarantined: 0 };
      },
    });
    const stuck = await ask(accountId, 'retry-quarantined');
    await until(() => callsOf(accountId).length > 0, 'it works');
    await until(
      async () => (await control.running(accountId)).includes(stuck.workflowId),
      'it is in the list of what runs',
    );
    const ids = [stuck.workflowId, portingWorkflowId(accountId, 'ch_1')];
    const terms = { patienceMs: 1_000, signal: new AbortController().signal, beat: () => undefined };
    await control.end(ids, terms);
    expect((await stuck.describe()).status.name).toBe('TERMINATED');
    open();
  });
});

describe('retrying quarantined records', () => {
  it('continues until all is read, one request after the other', async () => {
    const inputs: unknown[] = [];
    const accountId = account({
      retryQuarantined: async (input) => {
        inputs.push(input);
        const done = input.after !== undefined || input.records !== undefined;
        return { imported: 1, quarantined: 0, ...(done ? {} : { after: '1:7' }) };
      },
    });
    await ask(accountId, 'retry-quarantined');
    const run = await ask(accountId, 'retry-quarantined', { records: ['3', '4'] });
    await run.result();
    expect(inputs).toEqual([{ accountId }, { accountId, after: '1:7' }, { accountId, records: ['3', '4'] }]);
  });
});

describe('a retry of quarantined records by a manual signal', () => {
  it('without an argument is for all records; an invalid argument is ignored', async () => {
    const inputs: unknown[] = [];
    const { passed, open } = gate();
    const accountId = account({
      retryQuarantined: async (input) => {
        inputs.push(input);
        await passed;
        return { imported: 1, quarantined: 0 };
      },
    });
    const run = await ask(accountId, 'retry-quarantined', { records: ['1'] });
    for (const argument of [7, null, { records: '5' }, { records: [6] }, { records: ['7'] }])
      await run.signal('retry-quarantined', argument);
    await run.signal('retry-quarantined');
    open();
    await until(() => inputs.length === 5, 'all requests are done');
    expect(inputs).toEqual([
      { accountId, records: ['1'] },
      { accountId },
      { accountId },
      { accountId, records: ['7'] },
      { accountId },
    ]);
    await run.result();
  });
});

describe('retrying attachments', () => {
  it('fetches for a few brands at a time', async () => {
    const brandIds = Array.from({ length: 60 }, (_, brand) => `br_${brand}`);
    let [running, most] = [0, 0];
    const accountId = account({
      brandsToFetch: async () => ({ brandIds }),
      fetchAttachments: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return { stored: 1, failed: 0, left: 0 };
      },
    });
    const run = await ask(accountId, 'retry-attachments');
    await run.result();
    expect(most).toBeLessThanOrEqual(8);
    const { events } = await run.fetchHistory();
    let [open, mostOpen] = [0, 0];
    for (const event of events ?? []) {
      if (event.activityTaskScheduledEventAttributes) open += 1;
      if (event.activityTaskCompletedEventAttributes) open -= 1;
      mostOpen = Math.max(mostOpen, open);
    }
    expect(mostOpen).toBe(8);
  });

  it('fetches for every brand until nothing is left', async () => {
    const left = new Map([
      ['br_1', 2],
      ['br_2', 1],
    ]);
    const accountId = account({
      brandsToFetch: async () => ({ brandIds: [...left.keys()] }),
      fetchAttachments: async ({ brandId }) => {
        left.set(brandId, (left.get(brandId) ?? 0) - 1);
        return { stored: 1, failed: 0, left: left.get(brandId) ?? 0 };
      },
    });
    await (await ask(accountId, 'retry-attachments')).result();
    expect([...left.values()]).toEqual([0, 0]);
  });

  it('that is requested again runs at once instead of after a pause', async () => {
    let fetched = 0;
    const accountId = account({
      brandsToFetch: async () => ({ brandIds: ['br_1'] }),
      fetchAttachments: async () => {
        fetched += 1;
        return { stored: 0, failed: 0, left: fetched === 1 ? 1 : 0 };
      },
    });
    const run = await ask(accountId, 'retry-attachments');
    await until(() => fetched === 1, 'it waits for a later try');
    await ask(accountId, 'retry-attachments');
    await run.result();
    expect(fetched).toBe(2);
  });
});

describe('the daily report', () => {
  it('has one schedule; an existing one stays unchanged', async () => {
    const made = await Promise.all([1, 2, 3].map(() => control.ensureReportSchedule()));
    expect(made.toSorted()).toEqual(['created', 'there', 'there']);
    const handle = client.schedule.getHandle(REPORT.schedule);
    await handle.pause('over the holidays');
    expect(await control.ensureReportSchedule()).toBe('there');
    expect((await handle.describe()).state.paused).toBe(true);
  });

  it('is created on schedule', async () => {
    scripts.set('', { sendReport: async () => ({ entries: 3 }) });
    await client.schedule.getHandle(REPORT.schedule).trigger();
    await until(() => calls.includes(' sendReport'), 'the report is sent');
  });
});
