import type { Failure } from '../../domain/engine/failures/failures.js';
import type { VerificationState } from '../../domain/engine/verification.js';
import type { Pass, WorkRef } from '../../domain/engine/work.js';
import type { PhaseRef } from '../../gateways/store/work/phase-ref.js';
import type { TargetId } from './governing/governors.js';
import type { Pulse } from './heartbeats.js';
import type { LaneOptions } from './lane.js';
import type { Stage } from './stage.js';
import type { Completed, Preparation, VerificationPlan } from './types.js';

/** The engine's data of an opened phase; kinds add what their stages need. */
export interface Scope {
  /** Identifies the phase in the store. */
  readonly phase: PhaseRef;
  /** As used in messages: `the recent import of brand br_1 of account acc_1`. */
  readonly name: string;
  /** The databases that are written. A governor for each protects its other users. */
  readonly targets: readonly TargetId[];
  /** The tables and indexes that are read, by the names in throttling errors. */
  readonly sources?: readonly string[];
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
export interface KindPasses extends Partial<Record<Pass, PassWork>> {
  readonly copy: PassWork<Scope, Completed>;
}

/** The activity side of a kind of migration. */
export type ActivityKind = KindPasses & KindCalls;

/** All are idempotent: each may be called again at any moment, and does only the missing work. */
export interface KindCalls {
  /**
   * Reads what there is to migrate, and which of it is unfinished.
   *
   * @param isFirst no unit runs before this ends
   */
  prepare(subject: string, isFirst: boolean): Promise<Omit<Preparation, 'awaited'>>;
  /** Records that the subject as a whole cannot be migrated. */
  recordFailure(subject: string, failure: Failure): Promise<void>;
  recordCancellation(subject: string, by: string): Promise<void>;
  recordUnitFailure(subject: string, unit: string, failed: FailedStep): Promise<void>;
  /** For kinds whose migrations are verified. */
  readonly verifications?: KindVerifications;
}

export interface FailedStep {
  /** A phase, or a step of the kind's own. */
  readonly step: string;
  readonly failure: Failure;
}

export interface KindVerifications {
  open(verificationId: string): Promise<VerificationPlan>;
  end(
    subject: string,
    verificationId: string,
    failure: Failure | undefined,
  ): Promise<VerificationState | 'forgotten'>;
}
