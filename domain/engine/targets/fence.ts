/**
 * The fence of a slice, kept by a target other than the store: the last batch it applied, and under which lease. See
 * docs/decisions/0029-a-target-elsewhere-keeps-a-fence.md.
 */

/** Identifies a batch of a slice. */
export interface Fence {
  readonly slice: string;
  /** Increases with every claim of the slice. */
  readonly lease: string;
  /** 1 for the slice's first batch. */
  readonly batch: number;
}

/** The fence of a slice before its first batch. */
export const NO_BATCH = { lease: '0', batch: 0 } as const;

/**
 * - `apply`: the next batch. The target writes it and moves the fence in one step.
 * - `repeated`: the target already has this batch, but the store does not know it.
 * - `refused`: the slice has another owner.
 * - `behind`, `ahead`: the target or the store has lost batches, for example after a restore from a backup.
 */
export type FenceVerdict = 'apply' | 'repeated' | 'refused' | 'behind' | 'ahead';

/** What a target does with a batch. The caller must hold a lock on the fence or move it by a conditional write. */
export function judgeBatch(held: Pick<Fence, 'lease' | 'batch'>, { lease, batch }: Fence): FenceVerdict {
  if (BigInt(lease) < BigInt(held.lease)) return 'refused';
  if (batch === held.batch + 1) return 'apply';
  if (batch === held.batch) return 'repeated';
  return batch > held.batch ? 'behind' : 'ahead';
}
