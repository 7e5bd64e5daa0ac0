/** The search attributes that migrations are found by. */

import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import {
  type BrandPhase,
  type MigrationPhase,
  type PortingPhase,
  SEARCH_ATTRIBUTES,
  searchable,
} from '../../domain/engine/messages.js';

const ACCOUNT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD');
const BRAND = defineSearchAttributeKey(SEARCH_ATTRIBUTES.brand, 'KEYWORD');
const PHASE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase, 'KEYWORD');
const PAUSED = defineSearchAttributeKey(SEARCH_ATTRIBUTES.paused, 'BOOL');

export interface Labels {
  readonly accountId: string;
  readonly brandId?: string;
  readonly phase?: MigrationPhase | BrandPhase | PortingPhase;
  readonly paused?: boolean;
}

/** Labels as options for a workflow that is started: there they cost nothing. */
export function labelPairs({ accountId, brandId, phase, paused }: Labels): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [{ key: ACCOUNT, value: searchable(accountId) }];
  if (brandId !== undefined) pairs.push({ key: BRAND, value: searchable(brandId) });
  if (phase !== undefined) pairs.push({ key: PHASE, value: phase });
  if (paused !== undefined) pairs.push({ key: PAUSED, value: paused });
  return pairs;
}

/** Each upsert is a billed action: only what differs is set, all of it at once. Not labelled as paused means not paused. */
export function label(labels: Labels): void {
  const present = workflowInfo().typedSearchAttributes;
  const changed = labelPairs(labels).filter(
    ({ key, value }) => (present.get(key) ?? (key === PAUSED ? false : undefined)) !== value,
  );
  if (changed.length > 0) upsertSearchAttributes(changed);
}
