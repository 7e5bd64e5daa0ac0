import type { Pace } from '../../../domain/engine/targets/pace.js';
import type { PhaseRef } from '../../../gateways/store/work/phase-ref.js';
import type { Governor } from './governor.js';
import type { TakingTurns } from '../lane.js';

/** A database whose other users must not suffer from the migration's writes. */
export type TargetId = string;

/** The store itself. */
export const STORE: TargetId = 'store';

/** The governor as lanes use it. */
export type TargetGovernor = Pick<Governor, 'takingTurns' | 'during' | 'close'>;

/** The governors of this process, one for each target: all lanes that write to a target share its turns. */
export class Governors {
  readonly #known = new Map<TargetId, TargetGovernor>();

  /** @param open creates the governor of a target on first use */
  constructor(private readonly open: Readonly<Record<TargetId, () => TargetGovernor>>) {}

  of(target: TargetId): TargetGovernor {
    const governor = this.#known.get(target) ?? this.open[target]?.();
    if (governor === undefined) throw new Error(`There is no governor for the target ${target}.`);
    this.#known.set(target, governor);
    return governor;
  }

  /**
   * Waits for a turn at each target. All lanes take them in the same order, so none deadlock. The turns of earlier targets are held while waiting for
   * the last, so the slowest target sets the pace.
   */
  takingTurns(targets: readonly TargetId[]): TakingTurns {
    return this.#governorsOf(targets).reduce<TakingTurns>(
      (inner, governor) => (write, signal) =>
        governor.takingTurns((pace) => inner((further) => write(both(pace, further)), signal), signal),
      (write) => write(),
    );
  }

  /** Attributes what is written during `work` to this phase. */
  during<T>(targets: readonly TargetId[], phase: PhaseRef, work: () => Promise<T>): Promise<T> {
    return this.#governorsOf(targets).reduce(
      (inner, governor) => () => governor.during(phase, inner),
      work,
    )();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map((governor) => governor.close()));
  }

  #governorsOf(targets: readonly TargetId[]): TargetGovernor[] {
    return [...new Set(targets)].toSorted().map((target) => this.of(target));
  }
}

function both(one: Pace | undefined, other: Pace | undefined): Pace | undefined {
  if (!one || !other) return one ?? other;
  return {
    get isSlow() {
      return one.isSlow || other.isSlow;
    },
    next: async (bytes) => void (await Promise.all([one.next(bytes), other.next(bytes)])),
  };
}
