import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { processLog } from '../../../cli/log.js';
import { activityFacts } from '../../../gateways/temporal/activity-facts.js';

const NAME = 'Zelda Quillfeather';

function logged(write: (log: ReturnType<typeof processLog>) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(
    processLog({
      ...{ level: 'info', process: 'worker', facts: activityFacts },
      destination: { write: (line) => void lines.push(line) },
    }),
  );
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

const uniqueViolation = () =>
  Object.assign(new Error(`duplicate key: (${NAME})`), {
    name: 'error',
    code: '23505',
    detail: `Key (identity)=(${NAME}) already exists.`,
  });

describe('the log of a process', () => {
  it('has the process, the level and the message', () => {
    expect(logged((log) => log.info({ accountId: 'acc_1' }, 'done'))).toMatchObject({
      level: 30,
      process: 'worker',
      accountId: 'acc_1',
      msg: 'done',
    });
  });

  it.each(['err', 'error'])('quotes nothing of an error under %s, nor of its causes', (key) => {
    const error = new Error(`could not write ${NAME}`, { cause: uniqueViolation() });
    const line = logged((log) => log.error({ [key]: error }, 'failed'));
    expect(JSON.stringify(line)).not.toContain(NAME);
    expect(line[key]).toMatchObject({
      type: 'Error',
      message: 'Error',
      stack: expect.arrayContaining([expect.stringContaining('log.test.ts') as string]) as string[],
      cause: { type: 'error', message: 'error (23505)' },
    });
  });

  it.each([
    ['alone', uniqueViolation()],
    ['among facts, without a message', { err: uniqueViolation(), accountId: 'acc_1' }],
  ])('quotes nothing of an error that is logged %s', (_, facts) => {
    const line = logged((log) => log.error(facts));
    expect(JSON.stringify(line)).not.toContain(NAME);
    expect(line).toMatchObject({ msg: 'error (23505)', err: { message: 'error (23505)' } });
  });

  it('quotes nothing in the lines of a child either', () => {
    const line = logged((log) =>
      log.child({ reqId: '1' }, { serializers: {} }).error({ err: uniqueViolation() }, 'x'),
    );
    expect(JSON.stringify(line)).not.toContain(NAME);
  });

  it('ends at causes that form a cycle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(logged((log) => log.error({ err: error }, 'round'))).toHaveProperty('err.cause.cause');
  });

  it('names the workflow, and with it account and brand, and the activity that writes a line', async () => {
    const workflowExecution = { workflowId: 'migration:acc_1/brand:br_1', runId: 'run' };
    const environment = new MockActivityEnvironment({ workflowExecution, activityType: 'runImportLane' });
    const line = await environment.run(async () => {
      await Promise.resolve();
      return logged((log) => log.warn({ attachment: '1' }, 'x'));
    });
    const facts = { workflowId: 'migration:acc_1/brand:br_1', activityType: 'runImportLane' };
    expect(line).toMatchObject({ ...facts, attachment: '1' });
    expect(logged((log) => log.warn({ attachment: '1' }, 'x'))).not.toHaveProperty('workflowId');
  });

  it('writes other values unchanged', () => {
    expect(logged((log) => log.warn({ error: 'refused' }, 'x'))).toMatchObject({ error: 'refused' });
  });
});
