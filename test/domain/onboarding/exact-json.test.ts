import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactOf, isEqual, isWithin } from '../../../domain/onboarding/exact-json.js';
import { activityIn, isSameJson } from '../../../domain/onboarding/activity.js';
import { KEY_NAMES, valuesOf } from '../../../domain/onboarding/keys.js';
import { sessionOf } from './session.js';

describe('exact JSON', () => {
  it('is equal to itself in any spelling, and only then', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (left, right) => {
        expect(isSameJson(left, JSON.stringify(JSON.parse(left), null, 2))).toBe(true);
        const same = JSON.stringify(JSON.parse(left)) === JSON.stringify(JSON.parse(right));
        if (same) expect(isSameJson(left, right)).toBe(true);
      }),
    );
  });

  it('tells numbers apart by every digit, and not by how they are written', () => {
    expect(isSameJson('12345678901234567890.10', '12345678901234567890.1')).toBe(true);
    expect(isSameJson('12345678901234567890.1', '12345678901234567890.2')).toBe(false);
    for (const [left, right] of [
      ['1e2', '100'],
      ['-0', '0'],
      ['0.50', '5e-1'],
      ['1E+400', `1${'0'.repeat(400)}`],
    ] as const)
      expect(isSameJson(left, right), left).toBe(true);
    expect(isSameJson('1', '"1"')).toBe(false);
    expect(isSameJson('"n1e0"', '1')).toBe(false);
    expect(isSameJson('{"__proto__": 1}', '{}')).toBe(false);
    expect(exactOf('{')).toBeUndefined();
    expect(isEqual(undefined, undefined)).toBe(false);
  });

  it('finds an object within a larger one, and a list only in the same list', () => {
    const within = (found: string, written: string) => isWithin(exactOf(found)!, exactOf(written)!);
    expect(within('{"a": {}}', '{"a": {"b": 1}, "c": 2}')).toBe(true);
    expect(within('{"a": {"b": 2}}', '{"a": {"b": 1}}')).toBe(false);
    expect(within('[1, 2]', '[1, 2]')).toBe(true);
    expect(within('[2, 1]', '[1, 2]')).toBe(false);
    expect(within('[1]', '[1, 2]')).toBe(false);
  });
});

describe('activity', () => {
  const session = sessionOf();
  const values = valuesOf(session.documents);
  const steps = Array.from({ length: 24 }, (_none, at) => ({
    number: at + 1,
    status: at < 3 ? 'complete' : at === 3 ? 'in-progress' : 'pending',
    data: session.stepData.get(at + 1) ?? '{}',
  }));

  it('is none where all is as it was written, or less', () => {
    expect(activityIn(session, { values, steps })).toEqual([]);
    expect(activityIn(session, { values: [], steps: [] })).toEqual([]);
    expect(
      activityIn(session, {
        values,
        steps: steps.map((step) => ({ ...step, status: 'pending', data: '{}' })),
      }),
    ).toEqual([]);
  });

  it('is every key and step that says more', () => {
    const more = values.map((value, at) => (KEY_NAMES[at] === 'step:9' ? '{}' : value));
    expect(activityIn(session, { values: more, steps })).toEqual(['Redis key step:9']);
    const further = steps.map((step) => (step.number === 4 ? { ...step, status: 'complete' } : step));
    expect(activityIn(session, { values, steps: further })).toEqual(['step 4']);
    expect(
      activityIn(session, { values, steps: [...steps, { number: 25, status: 'pending', data: '{}' }] }),
    ).toEqual(['step 25']);
  });
});
