import { adviceFor } from '../../../../domain/conversations/records/quarantine-reasons.js';
import { fixFor } from '../../../../domain/conversations/failed-things.js';
import type { QuarantinedFacts } from '../../../../gateways/store/conversations/quarantine/quarantine.js';
import type { QuarantineGroup } from '../../../../gateways/store/conversations/quarantine/quarantine-groups.js';

/** The operators' view of a quarantined record, without its contents. */
export function recordView(record: QuarantinedFacts) {
  const { sourceTable, reason, threadReason, waiver } = record;
  const advice = threadReason === null ? adviceFor(sourceTable, reason) : adviceFor('threads', threadReason);
  return {
    id: record.id,
    brand_id: record.brandId,
    source_table: sourceTable,
    source_key: record.sourceKey,
    source_id: record.sourceId,
    reason,
    thread_reason: threadReason,
    group: record.group,
    next_step: advice.nextStep,
    waiver: waiver && { by: waiver.by, reason: waiver.reason, at: waiver.at.toISOString() },
    at: record.at.toISOString(),
  };
}

export function groupView(found: QuarantineGroup) {
  const { accountId, group, sourceTable, reason, since, samples } = found;
  const { nextStep, command } = fixFor(accountId, ['--group', group], sourceTable, reason);
  return {
    group,
    source_table: sourceTable,
    reason,
    cause: adviceFor(sourceTable, reason).cause,
    next_step: nextStep,
    command,
    records: found.records,
    threads: found.threads,
    messages: found.messages,
    waived: found.waived,
    since: since.toISOString(),
    samples: [...samples],
  };
}
