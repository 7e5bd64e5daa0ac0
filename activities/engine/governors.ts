import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { Governor } from './governor.js';
import type { TakingTurns } from './lane.js';

/** A database whose other users must not suffer from what is written to it. */
export type TargetId = string;

/** The store itself. */
export const STORE: TargetId = 'store';

/** As lanes use it. */
export type TargetGovernor = Pick<Governor, 'takingTurns' | 'during' | 'close'>;

/** One governor for each target of this process: all lanes that write to a target share its turns. */
export class Governors {
  readonly #known = new Map<TargetId, TargetGovernor>();

  /** @param open how the governor of each target is made, once it is needed */
  constructor(private readonly open: Readonly<Record<TargetId, () => TargetGovernor>>) {}

  of(target: TargetId): TargetGovernor {
    const governor = this.#known.get(target) ?? this.open[target]?.();
    if (governor === undefined) throw new Error(`No governor is known for the target ${target}.`);
    this.#known.set(target, governor);
    return governor;
  }

  /**
   * Waits for a turn at each of the targets. In one order for all lanes, so that no two wait for each other's; and the last is
   * waited for with a turn of the others in hand, so the slowest target decides.
   */
  takingTurns(targets: readonly TargetId[]): TakingTurns {
    return this.#governorsOf(targets).reduce<TakingTurns>(
      (inner, governor) => (write, signal) => governor.takingTurns(() => inner(write, signal), signal),
      (write) => write(),
    );
  }

  /** What is written during `work` is written for this phase. */
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
