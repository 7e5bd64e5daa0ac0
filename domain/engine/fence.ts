/**
 * The fence of a slice, kept by a target that is not the store: which batch it has taken last, and under which lease. See
 * docs/decisions/0029-a-target-elsewhere-keeps-a-fence.md.
 */

/** Names one batch of one slice. */
export interface Fence {
  readonly slice: string;
  /** Grows with every claim of the slice. */
  readonly lease: string;
  /** 1 for the slice's first batch. */
  readonly batch: number;
}

/** Where a slice's fence stands before its first batch. */
export const NO_BATCH = { lease: '0', batch: 0 } as const;

/**
 * - `apply`: it is the next batch. The target writes it and moves the fence, in one step.
 * - `repeated`: the target has this batch; the store never heard of it.
 * - `refused`: another owner has the slice.
 * - `behind`, `ahead`: the target or the store has lost batches, as after a restore from a backup.
 */
export type FenceVerdict = 'apply' | 'repeated' | 'refused' | 'behind' | 'ahead';

/** What a target does with a batch. It must hold a lock on the fence, or move it by a conditional write. */
export function judgeBatch(held: Pick<Fence, 'lease' | 'batch'>, { lease, batch }: Fence): FenceVerdict {
  if (BigInt(lease) < BigInt(held.lease)) return 'refused';
  if (batch === held.batch + 1) return 'apply';
  if (batch === held.batch) return 'repeated';
  return batch > held.batch ? 'behind' : 'ahead';
}
