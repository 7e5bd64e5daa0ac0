/** Work that failed and is being retried: its description, and when to record it. */

export interface RetriedWork {
  /** The activity's name. */
  readonly activity: string;
  readonly unit: string | null;
  /** What it concerns within the unit; null if several items fail alike. */
  readonly item: string | null;
  readonly phase: string | null;
  /** How many fail alike: lanes of an import, or ports. */
  readonly tasks: number;
  readonly type: string;
  readonly message: string;
  /** The latest failed attempt; the first is 1. */
  readonly attempt: number;
  readonly since: Date;
  /** Null while an attempt is running. */
  readonly nextTryAt: Date | null;
}

const RARELY_MS = 10_000;

/** True for the first failure, then at growing intervals: quick attempts at each power of two, slow ones always. */
export function shouldRecordRetry(attempt: number, nextTryInMs: number): boolean {
  return nextTryInMs >= RARELY_MS || isPowerOfTwo(attempt);
}

/** Activities whose workflow notices the end of their retries, by their result or its own failure. */
const SIGNALLED: ReadonlySet<string> = new Set([
  'prepareAccount',
  'provisionBrand',
  'importSlices',
  'completePhase',
  'fetchAttachments',
]);

/** Keeps the workflow's history short: true from the fourth attempt, at each power of two. */
export function shouldSignalRetry(activity: string, attempt: number): boolean {
  return SIGNALLED.has(activity) && attempt >= 4 && isPowerOfTwo(attempt);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/** `importing recent messages of brand br_1` */
export function describeRetry({ activity, unit, item, phase, tasks }: RetriedWork): string {
  const brand = unit === null ? '' : ` of brand ${unit}`;
  switch (activity) {
    case 'prepareAccount':
      return 'reading the migration payload';
    case 'provisionBrand':
      return `creating the channels${brand}`;
    case 'importSlices':
      return `importing ${phase ?? ''} messages${brand}`;
    case 'completePhase':
      return `checking ${phase ?? ''} messages${brand}`;
    case 'fetchAttachments':
      return `fetching attachments${brand}`;
    case 'followPort':
      return item === null
        ? `following the ports of ${tasks} channels`
        : `following the port of channel ${item}`;
    case 'verifySlices':
    case 'finishTurn':
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
