import type { ConversationsActivities } from '../../../activities/conversations/types.js';
import type { BrandOwn } from '../../../domain/conversations/brand-own.js';
import type { UnitInput, UnitOutcome } from '../../../domain/engine/runs.js';
import { conversations } from '../../../workflows/conversations/kind.js';
import { ActivityProxies } from '../../../workflows/engine/activities.js';
import { pinUnit } from '../../../workflows/engine/units/pinning.js';
import { runUnit } from '../../../workflows/engine/units/unit.js';

/** The released workflows, with brands that begin with one step more: no history of the released ones fits. */

export { MigrationWorkflow } from '../../../workflows/conversations/migration.js';

export async function BrandMigrationWorkflow(input: UnitInput<BrandOwn>): Promise<UnitOutcome<BrandOwn>> {
  const { subject: accountId, unit: brandId } = input;
  const calls = new ActivityProxies<ConversationsActivities>(accountId).with('call', 'One step more');
  await calls.fetchAttachments({ accountId, brandId });
  return runUnit(conversations, input);
}
pinUnit(BrandMigrationWorkflow);
