import type { RetriedWork } from '../engine/failures/retries.js';

/** `importing recent messages of brand br_1` */
export function describeRetry({
  activity,
  unit,
  item,
  phase,
  tasks,
}: Pick<RetriedWork, 'activity' | 'unit' | 'item' | 'phase' | 'tasks'>): string {
  const brand = unit === null ? '' : ` of brand ${unit}`;
  switch (activity) {
    case 'prepareMigration':
      return 'reading the migration payload';
    case 'provisionBrand':
      return `creating the channels${brand}`;
    case 'copySlices':
      return `importing ${phase === null ? '' : `${phase} `}messages${brand}`;
    case 'completePhase':
      return `checking ${phase === null ? '' : `${phase} `}messages${brand}`;
    case 'fetchAttachments':
      return `fetching attachments${brand}`;
    case 'followPort':
      return item === null
        ? `following the ports of ${tasks} channels`
        : `following the port of channel ${item}`;
    case 'verifyUnits':
    case 'finishTurns':
      return `verifying the messages${brand}`;
    case 'openVerification':
    case 'endVerification':
      return 'opening or ending the verification';
    case 'retryQuarantined':
      return 'reading quarantined records again';
    case 'endWorkflows':
    case 'cancelPorts':
    case 'removeImported':
    case 'finishReset':
      return 'resetting the account';
    default:
      return `${activity}${brand}`;
  }
}
