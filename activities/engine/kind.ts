import type { Pass, WorkRef } from '../../domain/engine/work.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { TargetId } from './governing/governors.js';
import type { Pulse } from './heartbeats.js';
import type { LaneOptions } from './lane.js';
import type { Stage } from './stage.js';

/** What the engine knows of an opened phase; kinds add what their stages need. */
export interface Scope {
  /** Identifies the phase in the store. */
  readonly phase: PhaseRef;
  /** As used in messages: `the recent import of brand br_1 of account acc_1`. */
  readonly name: string;
  /** The databases that are written. A governor for each protects its other users. */
  readonly targets: readonly TargetId[];
  readonly lane?: LaneOptions;
  /** Nothing is left to read: an earlier call completed the phase, or there is nothing to do. */
  readonly isOver?: boolean;
}

/** How a kind of migration works on one phase of a unit in one pass. The engine provides slices, leases, pausing and heartbeats. */
export interface PassWork<Opened extends Scope = Scope, Summary = unknown> {
  open(ref: WorkRef): Promise<Opened>;
  /**
   * Creates the phase with its first slices. Idempotent.
   *
   * @param by the workflow run that asks; a source that may have changed is planned again in another run
   */
  plan(scope: Opened, by: string, signal: AbortSignal): Promise<void>;
  /** In order: slices of a stage are written only when all earlier stages are done. */
  stages(scope: Opened): readonly Stage[];
  /** For kinds whose `open` cannot tell: whether an earlier call completed the phase. Asked before completion. */
  wasCompleted?(scope: Opened): Promise<boolean>;
  /**
   * Called when all slices are done and cover the plan, or when the phase is over. Must be idempotent: an earlier call may have died at any point.
   */
  complete(scope: Opened, pulse: Pulse): Promise<Summary>;
}

/** The passes of a kind of migration. Every kind copies; the other passes are optional. */
export type ActivityKind = Partial<Record<Pass, PassWork>> & { readonly copy: PassWork };
