/** Work that failed and is tried again by itself: what it is, in words, and when that is worth writing down. */

export interface RetriedWork {
  /** The activity's name. */
  readonly activity: string;
  readonly unit: string | null;
  /** What it is about within the unit; null also where several fail alike. */
  readonly item: string | null;
  readonly phase: string | null;
  /** How many fail alike: lanes of an import, or ports. */
  readonly tasks: number;
  readonly type: string;
  readonly message: string;
  /** The latest that failed; the first is 1. */
  readonly attempt: number;
  readonly since: Date;
  /** Null while it is being tried. */
  readonly nextTryAt: Date | null;
}

const RARELY_MS = 10_000;

/** The first failure, then at growing distance: quick attempts at every power of two, slow ones each. */
export function isWorthNoting(attempt: number, nextTryInMs: number): boolean {
  return nextTryInMs >= RARELY_MS || isPowerOfTwo(attempt);
}

/** Activities whose workflow hears of an end to the retries: by what they answer, or by its own failure. */
const TOLD: ReadonlySet<string> = new Set([
  'prepareAccount',
  'provisionBrand',
  'importSlices',
  'completePhase',
  'fetchAttachments',
]);

/** A workflow's history bears less: not before some attempts have failed, then each time that they have doubled. */
export function isWorthSignalling(activity: string, attempt: number): boolean {
  return TOLD.has(activity) && attempt >= 4 && isPowerOfTwo(attempt);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/** `importing recent messages of brand br_1` */
export function retriedWhat({ activity, unit, item, phase, tasks }: RetriedWork): string {
  const brand = unit === null ? '' : ` of brand ${unit}`;
  switch (activity) {
    case 'prepareAccount':
      return 'taking the migration payload';
    case 'provisionBrand':
      return `making the channels${brand}`;
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
