import type { VerificationView } from '../../api/conversations/schemas/verification.js';
import { count, duration, plural } from '../engine/terminal/words.js';

/** The brand that is being compared. */
export interface Open {
  readonly brandId: string;
  readonly again: boolean;
  readonly read: number;
  /** The number that the import has read. */
  readonly planned: number;
  /** `, 1m05s left`; empty if unknown. */
  readonly left: string;
  readonly brandsDone: number;
}

export function openOf({ brands }: VerificationView): Open | undefined {
  const open = brands.find(({ progress }) => progress !== null);
  if (!open?.progress) return undefined;
  const { read, planned, seconds_left: seconds } = open.progress;
  return {
    brandId: open.brand_id,
    again: open.pass === 2,
    read,
    planned: Math.max(read, planned),
    left: seconds === null ? '' : `, ${duration(seconds)} left`,
    brandsDone: brands.filter(({ progress }) => progress === null).length,
  };
}

/** The current step in one line; empty before anything is read. */
export function stepOf(verification: VerificationView): string {
  const open = openOf(verification);
  if (!open) return '';
  const { brandId, again, read, planned, left, brandsDone } = open;
  const compared =
    planned === 0 ? 'is being read' : `${count(read)} of about ${count(planned)} records compared${left}`;
  const done = `${plural(brandsDone, 'brand')} done`;
  return `Brand ${brandId}${again ? ', once more after the repair' : ''}: ${compared}; ${done}.`;
}
