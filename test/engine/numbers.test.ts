import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completingSmall, createEngineImports } from '../../activities/engine/activities.js';
import type { WorkRef } from '../../domain/engine/work.js';
import { systemClock } from '../../gateways/clock.js';
import { Life } from './life.js';
import { lifecycle } from './lifecycle.js';
import { PAGE } from './numbers/kind.js';
import { Process } from './process.js';
import { numbers, open, type NumbersSubject, type NumbersWorld } from './numbers/world.js';

lifecycle(numbers('store'));
lifecycle(numbers('elsewhere'));

describe('a batch that only the target has', () => {
  let world: NumbersWorld;
  beforeAll(async () => void (world = await open('elsewhere')));
  afterAll(() => world.close());

  /** The first batch of the first unit is in the target but not in the store. */
  async function begun(): Promise<{ subject: NumbersSubject; ref: WorkRef; unit: string }> {
    const subject = await world.subject();
    const [ref] = subject.work('copy') as [WorkRef];
    const dying = new Process(world, new Life({ dieAt: 'target:committed#1' }));
    await expect(dying.work(ref)).rejects.toThrow('this process is dead');
    expect(await subject.held()).toHaveLength(PAGE);
    return { subject, ref, unit: ref.unit };
  }

  test('counts as it was read, even if the source has changed since', async () => {
    const { subject, ref, unit } = await begun();
    const before = await subject.held();
    const [first, second, ...rest] = subject.numbersOf(unit).toSorted((a, b) => (a.key < b.key ? 1 : -1));
    // One record of that batch is removed, and so many are added above it that another page would not reach as far down.
    const fresh = ['1001', '1002', '1003'].map((key) => ({ key, label: 'new' }));
    await subject.write(unit, [...fresh, second!, ...rest]);
    const next = new Process(world, new Life(), 2);
    while (!(await next.work(ref)).finished);
    await next.complete(ref);
    const after = await subject.held();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after).toEqual(subject.expected([ref]));
    expect(after).toContain(`${unit} ${first!.key} ${first!.label} 1`);
  });

  test('that the target has lost is detected', async () => {
    const { subject, ref } = await begun();
    await new Process(world, new Life({ dieAt: 'target:begin#2' }), 2).work(ref).catch(() => undefined);
    await world.target.query('DELETE FROM carryover_fences');
    await expect(new Process(world, new Life(), 3).work(ref)).rejects.toMatchObject({
      type: 'CheckUnequal',
      message: expect.stringContaining('The target of the high numbers'),
    });
    expect(await subject.leased()).toBe(0);
  });
});

describe("the engine's activities", () => {
  let world: NumbersWorld;
  beforeAll(async () => void (world = await open('elsewhere')));
  afterAll(() => world.close());

  function activities() {
    const { pool, kind } = world.start(new Life());
    return completingSmall(createEngineImports({ pool, clock: systemClock }, { numbers: kind }));
  }
  const run = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);

  test('copy, verify and repair a kind that is registered under its name', async () => {
    const subject = await world.subject();
    const { copySlices, verifyUnits, finishTurns } = activities();
    for (const { unit, phase } of subject.work('copy')) {
      const input = { kind: 'numbers', subject: subject.name, unit, phase };
      // Few enough for the call that copies them to complete the phase too.
      expect(await run(() => copySlices(input))).toMatchObject({
        finished: true,
        completed: { tally: { numbers: expect.any(Number) } },
      });
    }
    expect(await subject.held()).toEqual(subject.expected());
    await subject.damage();
    const { units } = subject;
    const of = { kind: 'numbers', subject: subject.name, units, pass: 1, verificationId: '7' } as const;
    const finishing = { ...of, repair: false, finishing: true };
    // Few enough for the call that has read them to finish their turns too.
    expect(await run(() => verifyUnits(finishing))).toMatchObject({ finished: true, ended: true });
    expect(await subject.findings('7')).toHaveLength(3);
    const repairing = { ...of, repair: true, finishing: false };
    const read = await run(() => verifyUnits(repairing));
    expect(read).toEqual({ finished: true, halted: false, records: expect.any(Number) });
    await run(() => finishTurns(repairing));
    expect(await subject.held()).toEqual(subject.expected());
  });

  test('fail for a kind that this worker does not have, and for a pass that a kind does not have', async () => {
    const input = { kind: 'letters', subject: 'a', unit: 'b', phase: 'high' };
    await expect(run(() => activities().copySlices(input))).rejects.toThrow('no kind of migration letters');
    const { pool, kind } = world.start(new Life());
    const { verifyUnits } = createEngineImports(
      { pool, clock: systemClock },
      { numbers: { copy: kind.copy } },
    );
    const turns = {
      ...{ kind: 'numbers', subject: 'a', verificationId: '7' },
      ...{ units: ['b'], pass: 1 as const, repair: false, finishing: true },
    };
    await expect(run(() => verifyUnits(turns))).rejects.toThrow('has no pass verify');
  });
});
