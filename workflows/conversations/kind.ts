import { type Phase, PHASES } from '../../domain/conversations/phases.js';
import { WORDS } from '../../domain/conversations/migration.js';
import { WORKFLOW_TYPES, brandWorkflowId } from '../../domain/conversations/ids.js';
import type { PhaseOfKind, WorkflowKind } from '../engine/kind.js';
import { fetchAttachments } from './attachments.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';
import { brandDetails, brandStart, migrationDetails } from './details.js';
import { provision } from './provision.js';

/** Counted for each phase, so a brand that someone waits for never queues behind remaining messages. */
export const BRANDS_AT_ONCE = 4;
const MINUTE = 60_000;

const TERMS: Record<Phase, Pick<PhaseOfKind, 'awaited' | 'standstillMs'>> = {
  recent: { awaited: true, standstillMs: 10 * MINUTE },
  remaining: { awaited: false, standstillMs: 6 * 60 * MINUTE },
};

const DOING: Readonly<Record<string, string>> = {
  channels: 'creating the channels',
  recent: 'importing recent messages',
  remaining: 'importing remaining messages',
};

/** The conversations of an account; its units are brands. */
export const conversations: WorkflowKind<BrandOwn> = {
  name: 'conversations',
  phases: [phase('recent'), ...PHASES.slice(1).map(phase)],
  unitWorkflow: WORKFLOW_TYPES.brand,
  unitWorkflowId: (accountId, brandId, first) => brandWorkflowId(accountId, brandId, first as Phase),
  before: provision,
  beside: {
    name: 'attachments',
    activities: ['fetchAttachments'],
    left: ({ attachments }, left) => ({ attachments: { ...attachments, left } }),
    run: fetchAttachments,
  },
  words: {
    ...WORDS,
    units: 'brands',
    doing: (step) => DOING[step] ?? step,
  },
  details: { migration: migrationDetails, unit: brandDetails, unitStart: brandStart },
};

function phase(name: Phase): PhaseOfKind {
  return { name, unitsAtOnce: BRANDS_AT_ONCE, ...TERMS[name] };
}
