import { type SearchAttributePair, defineSearchAttributeKey } from '@temporalio/common';
import {
  type MigrationPhase,
  type PortingPhase,
  SEARCH_ATTRIBUTES,
  searchable,
} from '../../domain/engine/messages.js';

const ACCOUNT = defineSearchAttributeKey(SEARCH_ATTRIBUTES.account, 'KEYWORD');
const BRAND = defineSearchAttributeKey(SEARCH_ATTRIBUTES.brand, 'KEYWORD');
const PHASE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase, 'KEYWORD');

/** Search attributes of a workflow that is started from outside; set by the workflow itself they would be a billed action. */
export function labelsOf({
  accountId,
  brandId,
  phase,
}: {
  readonly accountId: string;
  readonly brandId?: string | undefined;
  readonly phase?: MigrationPhase | PortingPhase;
}): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [{ key: ACCOUNT, value: searchable(accountId) }];
  if (brandId !== undefined) pairs.push({ key: BRAND, value: searchable(brandId) });
  if (phase !== undefined) pairs.push({ key: PHASE, value: phase });
  return pairs;
}
