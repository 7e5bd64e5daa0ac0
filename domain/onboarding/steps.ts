/** The steps of the new onboarding, and the legacy steps that map to them. */

export interface Step {
  /** 1 to 24. */
  readonly number: number;
  readonly name: string;
  readonly phase: number;
  readonly legacy: readonly string[];
}

const NAMES: readonly (readonly [name: string, phase: number, ...legacy: string[]])[] = [
  ['Evidence Vault', 1, 'welcome', 'evidence'],
  ['Brand Synthesis', 1, 'brand'],
  ['Strategic Integrity', 1],
  ['Truth Confirmation', 1, 'truth'],
  ['The Offer', 2, 'offer'],
  ['Market Intelligence', 3, 'market'],
  ['Competitive Landscape', 3, 'competitors'],
  ['Comparative Angle', 3, 'angle'],
  ['Market Category', 4, 'category'],
  ['Product Capabilities', 4, 'capabilities'],
  ['Perceptual Map', 4, 'perceptual'],
  ['Position Grid', 4, 'positioning'],
  ['Gap Analysis', 4, 'gap'],
  ['Positioning Statements', 5, 'positioning_statements'],
  ['Focus & Sacrifice', 5, 'focus'],
  ['ICP Personas', 5, 'icp'],
  ['Market Education', 5, 'process'],
  ['Messaging Rules', 5, 'messaging'],
  ['Soundbites Library', 5, 'soundbites'],
  ['Channel Strategy', 6, 'hierarchy', 'augmentation', 'channels'],
  ['Market Size', 6, 'market_size'],
  ['Validation Tasks', 6, 'todos'],
  ['Final Synthesis', 6, 'synthesis'],
  ['Export & Launch', 6, 'export'],
];

export const STEPS: readonly Step[] = NAMES.map(([name, phase, ...legacy], at) => ({
  number: at + 1,
  name,
  phase,
  legacy,
}));

export const LAST_STEP = STEPS.length;
/** Steps up to this one are required. */
export const LAST_REQUIRED = 12;

export const PHASES: readonly { readonly number: number; readonly name: string }[] = [
  'Calibration',
  'Commerce',
  'Intelligence',
  'Strategy',
  'Messaging',
  'Tactics',
].map((name, at) => ({ number: at + 1, name }));

const BY_LEGACY: ReadonlyMap<string, Step> = new Map(
  STEPS.flatMap((step) => step.legacy.map((legacy) => [legacy, step] as const)),
);

/** The names of all legacy steps. */
export const LEGACY_STEPS: readonly string[] = [...BY_LEGACY.keys()];

/** The step for a legacy step; undefined if there is no such legacy step. */
export function stepOf(legacy: string): Step | undefined {
  return BY_LEGACY.get(legacy);
}
