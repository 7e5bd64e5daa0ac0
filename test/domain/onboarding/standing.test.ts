import { describe, expect, it, test } from 'vitest';
import { type Judged, judge } from '../../../domain/onboarding/standing.js';

/** The legacy steps as the contract lists them, with the number of the new step. */
const NUMBERS: Readonly<Record<string, number>> = {
  welcome: 1,
  evidence: 1,
  brand: 2,
  truth: 4,
  offer: 5,
  market: 6,
  competitors: 7,
  angle: 8,
  category: 9,
  capabilities: 10,
  perceptual: 11,
  positioning: 12,
  gap: 13,
  positioning_statements: 14,
  focus: 15,
  icp: 16,
  process: 17,
  messaging: 18,
  soundbites: 19,
  hierarchy: 20,
  augmentation: 20,
  channels: 20,
  market_size: 21,
  todos: 22,
  synthesis: 23,
  export: 24,
};
const STEPS = Object.keys(NUMBERS);
const WORDS = {
  active: 'active',
  in_progress: 'active',
  none: 'active',
  paused: 'paused',
  abandoned: 'abandoned',
  skipped: 'abandoned',
};
/** The same status or step for the product. */
const WRITTEN: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => word.toUpperCase(),
  (word) => `\u0085\u3000 ${word}\u2029\t`,
];
const NOTHING = [null, '', ' \u00a0\u2003'];

const columns = (
  status: string | null,
  step: string | null = null,
  hasCompleted: boolean | null = false,
) => ({
  status,
  step,
  hasCompleted,
});
const standing = (judged: Judged) => ('standing' in judged ? judged.standing : judged);

describe('every status with every step', () => {
  const open = [...Object.entries(WORDS), ...STEPS.map((step) => [step, 'active'] as const)];
  test.each(open)('%s stands at its step, with all before it complete', (word, status) => {
    for (const written of WRITTEN) {
      for (const [step, number] of Object.entries(NUMBERS)) {
        expect(standing(judge(columns(written(word), written(step), null)))).toMatchObject({
          status,
          currentStep: number,
          completed: number - 1,
        });
      }
      for (const nothing of NOTHING) {
        const number = NUMBERS[word] ?? 1;
        expect(standing(judge(columns(written(word), nothing)))).toEqual({
          status,
          currentStep: number,
          completed: number - 1,
          contradictions: [],
        });
      }
    }
  });

  it('is completed whatever the step, by its status or by has_completed_onboarding', () => {
    const all = { status: 'completed', currentStep: 24, completed: 24 };
    for (const step of [...STEPS, ...NOTHING, 'no such step']) {
      for (const written of WRITTEN)
        expect(standing(judge(columns(written('completed'), step)))).toMatchObject(all);
      for (const status of ['active', 'paused', 'brand', 'no such status'])
        expect(standing(judge(columns(status, step, true)))).toMatchObject(all);
    }
  });

  it('is no legacy user without a status, and is migrated once', () => {
    for (const nothing of NOTHING)
      expect(judge(columns(nothing, 'brand', true))).toEqual({ skip: 'no-legacy-status' });
    for (const written of WRITTEN)
      expect(judge(columns(written('migrated'), 'nonsense', true))).toEqual({ skip: 'already-migrated' });
  });

  it('guesses nothing: an unknown status fails before an unknown step', () => {
    for (const status of ['complete', 'act ive', 'constructor', '\ufeffactive', 'completed!'])
      expect(judge(columns(status, 'nonsense'))).toMatchObject({ failure: { type: 'UnknownLegacyStatus' } });
    for (const step of ['step-1', '3', '__proto__'])
      expect(judge(columns('active', step))).toMatchObject({ failure: { type: 'UnknownLegacyStep' } });
  });
});

describe('contradictions', () => {
  const told = (...of: Parameters<typeof columns>) => {
    const judged = standing(judge(columns(...of)));
    return 'contradictions' in judged ? judged.contradictions : judged;
  };

  it('are none where the columns agree', () => {
    for (const step of [null, 'export', ' EXPORT ']) expect(told('completed', step, true)).toEqual([]);
    expect(told('completed', null, null)).toEqual([]);
    expect(told('none', 'welcome')).toEqual([]);
    expect(told('brand', 'Brand')).toEqual([]);
    expect(told('paused', 'gap')).toEqual([]);
  });

  it('name a completed user in the middle, a flag and a status that differ, and two steps', () => {
    expect(told('completed', 'brand', true)).toEqual([
      'The onboarding is completed, but the step is "brand", number 2 of 24.',
    ]);
    expect(told('completed', null, false)).toEqual([
      'The status is completed, but has_completed_onboarding is false.',
    ]);
    expect(told('paused', 'nonsense', true)).toEqual([
      'The onboarding has been completed, but the status is "paused".',
      'The onboarding is completed, but its step "nonsense" is unknown.',
    ]);
    expect(told('brand', 'offer')).toEqual(['The status names the step "brand", but the step is "offer".']);
    expect(told('none', 'gap')).toEqual(['The status is none, but the step is "gap", number 13 of 24.']);
  });
});
