import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkRef } from '../../domain/engine/work.js';
import { Life } from './life.js';
import { lifecycle, Process } from './lifecycle.js';
import { PAGE } from './numbers/kind.js';
import { numbers, open, type NumbersSubject, type NumbersWorld } from './numbers/world.js';

lifecycle(numbers('store'));
lifecycle(numbers('elsewhere'));

describe('a batch that only the target has', () => {
  let world: NumbersWorld;
  beforeAll(async () => void (world = await open('elsewhere')));
  afterAll(() => world.close());

  /** The first batch of the first unit is in the target; the store has not heard of it. */
  async function begun(): Promise<{ subject: NumbersSubject; ref: WorkRef; unit: string }> {
    const subject = await world.subject();
    const [ref] = subject.work('copy') as [WorkRef];
    const dying = new Process(world, new Life({ dieAt: 'target:committed#1' }));
    await expect(dying.work(ref)).rejects.toThrow('this process is dead');
    expect(await subject.held()).toHaveLength(PAGE);
    return { subject, ref, unit: ref.unit };
  }

  test('counts as it was read, however the source has changed since', async () => {
    const { subject, ref, unit } = await begun();
    const before = await subject.held();
    const [first, second, ...rest] = subject.numbersOf(unit).toSorted((a, b) => (a.key < b.key ? 1 : -1));
    // Of that batch one goes; and so many come above it that another page would not reach as far down.
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

  test('and that the target has lost is noticed', async () => {
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
