import type { Pass, WorkRef } from '../../domain/engine/work.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { TargetId } from './governors.js';
import type { Pulse } from './heartbeats.js';
import type { LaneOptions } from './lane.js';
import type { Stage } from './stage.js';

/** What every opened phase tells the engine; kinds add what their stages need. */
export interface Scope {
  /** Where the store keeps its slices. */
  readonly phase: PhaseRef;
  /** As messages name it: `the recent import of brand br_1 of account acc_1`. */
  readonly name: string;
  /** The databases that are written: each one's governor sees to it that its other users are served. */
  readonly targets: readonly TargetId[];
  readonly lane?: LaneOptions;
  /** Nothing is left to read: an earlier call has completed it, or it has nothing to work on. */
  readonly isOver?: boolean;
}

/** How a kind of migration works on a phase of a unit in one pass. The engine brings slices, leases, pausing and heartbeats. */
export interface PassWork<Opened extends Scope = Scope, Summary = unknown> {
  open(ref: WorkRef): Promise<Opened>;
  /**
   * Creates the phase with its first slices. Idempotent.
   *
   * @param by the workflow run that asks; a source that may have changed since another run is planned again
   */
  plan(scope: Opened, by: string, signal: AbortSignal): Promise<void>;
  /** In order: slices of a stage are written once those of the stages before it are done. */
  stages(scope: Opened): readonly Stage[];
  /** Asked before it is completed, where opening does not tell: whether an earlier call has. */
  wasCompleted?(scope: Opened): Promise<boolean>;
  /** Called when all slices are done and together are what was planned, or it is over. Idempotent: an earlier call may have died anywhere. */
  complete(scope: Opened, pulse: Pulse): Promise<Summary>;
}

/** The passes that a kind of migration has. Every kind copies; the others are traits. */
export type ActivityKind = Partial<Record<Pass, PassWork>> & { readonly copy: PassWork };
