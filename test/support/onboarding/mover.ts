import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createOnboardingActivities } from '../../../activities/onboarding/index.js';
import type { BatchAnswer } from '../../../activities/onboarding/types.js';
import type { LaneState, OnboardingRequest } from '../../../domain/onboarding/requests.js';
import type { UserResult } from '../../../domain/onboarding/results.js';
import { systemClock } from '../../../gateways/clock.js';
import { countLegacyUsers } from '../../../gateways/onboarding/legacy-users.js';
import type { OpenOnboarding } from '../../../gateways/onboarding/open.js';
import { addRequest, readRequest } from '../../../gateways/store/onboarding/requests.js';
import { listResults } from '../../../gateways/store/onboarding/results.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';

export type Asked = Partial<Omit<OnboardingRequest, 'migrationId'>>;

/** Does what the workflow does, one batch after the other. */
export class Mover {
  readonly #activities;

  constructor(
    readonly store: Store,
    readonly stores: OpenOnboarding,
  ) {
    this.#activities = createOnboardingActivities({ store, clock: systemClock, onboarding: stores });
  }

  /** Without users of all. */
  async ask(asked: Asked): Promise<string> {
    const migrationId = randomUUID();
    const request = {
      action: 'migrate',
      userIds: undefined,
      batchSize: 50,
      dryRun: false,
      force: false,
      ...asked,
    } as const;
    const total = request.userIds?.length ?? (await countLegacyUsers(this.stores.database));
    await transaction(this.store.control, 'ask', (tx) =>
      addRequest(tx, { ...request, migrationId }, total, 'somebody'),
    );
    return migrationId;
  }

  batch(migrationId: string, lane?: LaneState): Promise<BatchAnswer> {
    const input = { migrationId, ...(lane && { lane }) };
    const run = () => this.#activities.runOnboardingBatch(input);
    return new MockActivityEnvironment().run(run) as Promise<BatchAnswer>;
  }

  end(migrationId: string) {
    return this.#activities.endOnboarding({ migrationId });
  }

  /** Runs it to its end, in one lane. Calls `between` before each batch. */
  async finish(migrationId: string, between: () => Promise<void> = async () => undefined): Promise<void> {
    for (let ended = false; !ended;) {
      let lane: LaneState = { lane: 0, lanes: 1 };
      while (!ended && lane.finished !== true) {
        await between();
        const answer = await this.batch(migrationId, lane);
        lane = answer.lane;
        ended = answer.ended;
      }
      ended ||= (await this.end(migrationId)).ended;
    }
  }

  async run(asked: Asked, between?: () => Promise<void>): Promise<Run> {
    const migrationId = await this.ask(asked);
    await this.finish(migrationId, between);
    return this.runOf(migrationId);
  }

  async runOf(migrationId: string): Promise<Run> {
    const [state, results] = await Promise.all([
      readRequest(this.store.pool, migrationId),
      listResults(this.store.pool, migrationId, { limit: 100_000 }),
    ]);
    if (state === undefined) throw new Error('It is gone.');
    return {
      migrationId,
      ...state.counts,
      total: state.totalUsers,
      status: state.status,
      results: new Map(results.map((each) => [each.user_id, each])),
    };
  }
}

export interface Run {
  readonly migrationId: string;
  readonly migrated: number;
  readonly failed: number;
  readonly skipped: number;
  readonly total: number;
  readonly status: string;
  readonly results: ReadonlyMap<string, UserResult>;
}
