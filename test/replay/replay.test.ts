import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workflowBundle } from '../support/bundle.js';
import '../support/runtime.js';
import { type RecordedHistory, recordedHistories } from './histories.js';

const KNOWN_IDENTITY = /"(carryover-test|a-process|history-service)"/;

/** What became of each history, by its name. */
async function replay(entry?: string): Promise<ReadonlyMap<string, Error | undefined>> {
  const options = { workflowBundle: await workflowBundle(entry) };
  const recorded = await recordedHistories();
  const names = new Map(recorded.map(({ workflowId, name }) => [workflowId, name]));
  const outcomes = new Map<string, Error | undefined>();
  for await (const { workflowId, error } of Worker.runReplayHistories(options, recorded))
    outcomes.set(names.get(workflowId) ?? workflowId, error);
  expect(outcomes.size).toBe(recorded.length);
  return outcomes;
}

describe('histories of released code', () => {
  it('are replayed by the current code', async () => {
    const outcomes = await replay();
    expect([...outcomes].filter(([, error]) => error !== undefined)).toEqual([]);
  });

  it('detect a change of workflow code that would break running migrations', async () => {
    const outcomes = await replay('test/replay/changed/index.ts');
    for (const [name, error] of outcomes) expect(error, name).toBeInstanceOf(DeterminismViolationError);
  });

  it('cover every workflow, phase and end', async () => {
    const names = (await recordedHistories()).map((recorded: RecordedHistory) => recorded.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'small.migration',
        'small.br_1',
        'several.br_2',
        'failed.migration',
        'restarted.migration',
        'paused.migration',
        'paused.br_1',
        'cancelled.migration',
        'cancelled-started.migration',
        'closed.migration',
        'channel-failure.br_1',
        'port-complete',
        'port-exception',
        'port-refused',
        'port-asked',
        'port-cancelled-again',
        'verification-equal',
        'verification-repair',
        'verification-failed',
        'verification-paused',
        'verification-other-worker',
        'verification-cancelled',
        'verification-forgotten',
        'inbox-done',
        'inbox-done.move',
        'inbox-asked-again',
        'inbox-failed.move',
        'inbox-cancelled',
        'inbox-verification',
        'preflight-done',
        'preflight-failed',
        'reset-done',
        'reset-nothing',
        'reset-again',
        'reset-failed',
        'quarantine-done',
        'quarantine-failed',
        'quarantine-cancelled',
        'attachments-done',
        'attachments-waiting',
        'attachments-given-up',
        'attachments-cancelled',
        'follow-table',
        'follow-polling',
        'report-done',
        'report-failed',
        'continued.migration',
        'continued.br_2',
        'onboarding-small',
        'onboarding-several',
        'onboarding-paused',
        'onboarding-cancelled',
        'onboarding-continued',
      ]),
    );
  });

  it('are required', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'histories-'));
    try {
      await expect(recordedHistories(empty)).rejects.toThrow('There are no histories');
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  it('contain no machine’s name or file', async () => {
    const text = JSON.stringify(await recordedHistories());
    expect(text.match(/"identity":"[^"]+"/g)?.filter((found) => !KNOWN_IDENTITY.test(found))).toEqual([]);
    expect(text.match(/\d+@[a-z][\w.-]*|file:\/\/|\/node_modules\//g)).toBeNull();
  });
});
