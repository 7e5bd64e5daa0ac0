import {
  CancelledFailure,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BatchAnswer, OnboardingActivities } from '../../activities/onboarding/types.js';
import type { Steering } from '../../domain/engine/messages.js';
import { BY_HAND, steeringOf } from '../../domain/engine/signals.js';
import { type LaneState, MOST_LANES } from '../../domain/onboarding/requests.js';
import { ActivityProxies } from '../engine/activities.js';
import { isStopped } from '../engine/failures.js';
import { type Pausing, openPausing } from '../engine/pausing.js';
import { recordInAnyCase } from '../engine/recording.js';
import { cancelSignal, startSignal } from '../engine/signals.js';

export interface OnboardingInput {
  readonly subject: string;
  /** State that a run passes on when it continues as new. */
  readonly carried?: { readonly lanes: readonly LaneState[]; readonly paused?: Steering };
}

/**
 * Migrates or rolls back users, batch by batch, in a few lanes: each batch is one activity, which finds its users, moves them and records their
 * results.
 *
 * - The first batch says how many lanes there are; a request of one batch takes this one activity.
 * - A pause or a cancellation takes effect after the batches in progress; a cancelled batch that waits for Redis or PostgreSQL is given up.
 * - When all lanes are done, the lanes begin again if there are new legacy users.
 */
export async function OnboardingMigrationWorkflow({ subject, carried }: OnboardingInput): Promise<void> {
  const pausing = openPausing(carried?.paused);
  let cancelledBy = BY_HAND;
  setHandler(cancelSignal, (argument: unknown) => {
    cancelledBy = steeringOf(argument, new Date().toISOString()).by;
  });
  // A start finds the migration running.
  setHandler(startSignal, () => undefined);
  const run = new OnboardingRun(subject, pausing, carried?.lanes ?? []);
  try {
    await run.toItsEnd();
  } catch (error) {
    if (!isCancellation(error) && !isStopped(error)) throw error;
    await recordInAnyCase(async () => void (await run.end(cancelledBy)));
    throw new CancelledFailure(`The migration was cancelled by ${cancelledBy}.`);
  }
}

class OnboardingRun {
  readonly #activities;
  #lanes: LaneState[];
  #ended = false;

  constructor(
    private readonly subject: string,
    private readonly pausing: Pausing,
    lanes: readonly LaneState[],
  ) {
    this.#activities = new ActivityProxies<OnboardingActivities>(subject);
    this.#lanes = [...lanes];
  }

  async toItsEnd(): Promise<void> {
    while (!this.#ended) {
      if (this.#lanes.length === 0) await this.#first();
      if (this.#ended) return;
      await this.#allLanes();
      if (this.#ended) return;
      if (workflowInfo().continueAsNewSuggested) await this.#continueAsNew();
      await this.pausing.untilResumed();
      this.#ended = (await this.end()).ended;
      this.#lanes = this.#lanes.map(({ lane, lanes }) => ({ lane, lanes }));
    }
  }

  /** Records the end. */
  end(cancelledBy?: string): Promise<{ readonly ended: boolean }> {
    return this.#activities
      .with('record', cancelledBy === undefined ? 'Record the end' : 'Record that it is cancelled')
      .endOnboarding({ migrationId: this.subject, ...(cancelledBy !== undefined && { cancelledBy }) });
  }

  async #first(): Promise<void> {
    await this.pausing.untilResumed();
    const { lane, ended } = await this.#batch();
    this.#ended = ended;
    this.#lanes = Array.from({ length: Math.min(lane.lanes, MOST_LANES) }, (_none, at) =>
      at === lane.lane ? lane : { lane: at, lanes: lane.lanes },
    );
  }

  /** Waits for the batches of all lanes, also after a cancellation: nothing works any more when its end is recorded. */
  async #allLanes(): Promise<void> {
    const done = await Promise.allSettled(this.#lanes.map((_lane, at) => this.#inLane(at)));
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  async #inLane(at: number): Promise<void> {
    for (let lane = this.#lanes[at]; lane !== undefined && lane.finished !== true; lane = this.#lanes[at]) {
      if (workflowInfo().continueAsNewSuggested) return;
      await this.pausing.untilResumed();
      const answer = await this.#batch(lane);
      this.#lanes[at] = answer.lane;
      if (answer.ended) this.#ended = true;
    }
  }

  async #batch(lane?: LaneState): Promise<BatchAnswer> {
    const answer = await this.#activities
      .with('batch', 'Work on a batch of users')
      .runOnboardingBatch({ migrationId: this.subject, ...(lane && { lane }) });
    const { migrated, failed, skipped } = answer.counts;
    setCurrentDetails(`Done: ${migrated}. Failed: ${failed}. Skipped: ${skipped}.`);
    return answer;
  }

  async #continueAsNew(): Promise<void> {
    const { pause: paused } = this.pausing;
    if (this.#lanes.every(({ finished }) => finished)) return;
    await continueAsNew<typeof OnboardingMigrationWorkflow>({
      subject: this.subject,
      carried: { lanes: this.#lanes, ...(paused && { paused }) },
    });
  }
}
