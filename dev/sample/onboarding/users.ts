/** Legacy users as a product has them: the same ones for the same seed. */

import { LEGACY_STEPS, STEPS, stepOf } from '../../../domain/onboarding/steps.js';
import { mix, unit } from '../generator/random.js';

export interface LegacyRow {
  readonly id: string;
  readonly email: string;
  readonly full_name: string | null;
  readonly onboarding_status: string;
  readonly onboarding_step: string | null;
  readonly has_completed_onboarding: boolean;
  readonly preferences: object;
  readonly created_at: string;
  readonly updated_at: string;
  /** Null for a user without one. */
  readonly workspace_id: string | null;
}

export interface SampleUsers {
  readonly seed: number;
  /** One in so many users has a fault that prevents its migration; default: none. */
  readonly faultEvery?: number;
}

/** Shares of all users, in hundredths, up to and including this one. */
const STANDINGS = [
  [30, 'completed'],
  [72, 'active'],
  [80, 'in_progress'],
  [88, 'paused'],
  [94, 'abandoned'],
  [97, 'none'],
  [100, 'step'],
] as const;
const FAULTS = ['status', 'step', 'workspace'] as const;

const BEGINNING = Date.UTC(2025, 0, 1);
const DAY_MS = 86_400_000;
const TRADES = 'Dental,Bakery,Garage,Studio,Clinic,Nursery,Roofing,Florist,Kennels,Printers'.split(',');
const PLACES = 'Lakeside,Northgate,Harbour,Hillcrest,Meadow,Clocktower,Orchard,Riverside'.split(',');
const WORDS =
  'customers want a quiet place with short waiting times and clear prices before they decide on anything else we offer here in the evening'.split(
    ' ',
  );

/** The n-th user. */
export function sampleUser(n: number, { seed, faultEvery }: SampleUsers): LegacyRow {
  const share = mix(seed, n, 1) % 100;
  const fault = faultEvery !== undefined && n % faultEvery === 1 ? FAULTS[mix(n) % FAULTS.length] : undefined;
  const standing =
    fault === undefined ? (STANDINGS.find(([upTo]) => share < upTo)?.[1] ?? 'active') : 'active';
  const completed = standing === 'completed';
  const step = completed ? 'export' : (LEGACY_STEPS[mix(seed, n, 2) % LEGACY_STEPS.length] ?? 'welcome');
  const business = `${PLACES[mix(seed, n, 3) % PLACES.length]} ${TRADES[mix(seed, n, 4) % TRADES.length]}`;
  const begun = BEGINNING + Math.floor(unit(seed, n, 5) * 300 * DAY_MS);
  return {
    id: idOf(seed, n),
    email: `user-${n}@${business.toLowerCase().replace(' ', '-')}.example`,
    full_name: mix(seed, n, 6) % 8 === 0 ? null : business,
    onboarding_status: fault === 'status' ? 'almost done' : standing === 'step' ? step : standing,
    onboarding_step: fault === 'step' ? 'step-9' : standing === 'none' ? null : step,
    has_completed_onboarding: completed,
    preferences: { theme: n % 2 === 0 ? 'dark' : 'light', onboarding: answersOf(seed, n, step) },
    created_at: new Date(begun).toISOString(),
    updated_at: new Date(begun + Math.floor(unit(seed, n, 7) * 20 * DAY_MS)).toISOString(),
    workspace_id: fault === 'workspace' ? null : idOf(seed, n, 9),
  };
}

/** Answers to most of the steps up to this one. */
function answersOf(seed: number, n: number, last: string): object {
  const reached = stepOf(last)?.number ?? STEPS.length;
  const answered = LEGACY_STEPS.filter(
    (step, at) => (stepOf(step)?.number ?? 0) <= reached && mix(seed, n, at, 8) % 6 > 0,
  );
  return Object.fromEntries(
    answered.map((step) => [
      step,
      {
        answer: sentence(mix(seed, n, step.length), 12 + (mix(seed, n, step.length, 1) % 30)),
        confidence: Math.round(unit(seed, n, step.length, 2) * 100) / 100,
        tags: [sentence(mix(n, 3), 1), sentence(mix(n, 4), 1)],
      },
    ]),
  );
}

function sentence(from: number, words: number): string {
  return Array.from({ length: words }, (_none, at) => WORDS[mix(from, at) % WORDS.length]).join(' ');
}

function idOf(...parts: number[]): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      mix(...parts, part, 10)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}
