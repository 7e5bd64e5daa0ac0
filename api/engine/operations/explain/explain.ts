import type { Clock } from '../../../../domain/engine/clock.js';
import { explain, type Explanation } from '../../../../domain/engine/explain/explain.js';
import type { ExplainedMigration, TemporalFacts } from '../../../../domain/engine/explain/facts.js';
import { plainWords } from '../../../../domain/engine/plain-words.js';
import { busyMigrations } from '../../../../gateways/store/explain/busy-migrations.js';
import { readStoreFacts } from '../../../../gateways/store/explain/store-facts.js';
import type { Store } from '../../../../gateways/store/sql/connect.js';
import type { TemporalClient } from '../../../../gateways/temporal/client.js';
import { explainedByDefault } from './default-words.js';
import { ProgressRate } from '../../../progress-rate.js';
import type { SteeredKind } from '../../steered-kind.js';
import type { ApiKind } from '../../kind.js';

interface Dependencies {
  readonly store: Store;
  readonly temporal: Pick<TemporalClient, 'describe'>;
  readonly clock: Clock;
}

/** Explained, with the facts that it follows from. */
export interface Explained extends Explanation {
  readonly facts: ExplainedMigration;
}

/** Throws Problem 404 for an unknown migration; StoreUnavailable. */
export type Explainer = (kind: ApiKind, key: string) => Promise<Explained>;

/** How long Temporal may take; without it the store answers. */
const TEMPORAL_MS = 2_000;

/**
 * Explains what a migration waits for:
 *
 * 1. The store's facts: one statement for any kind, one of the kind's own.
 * 2. Temporal's: descriptions within two seconds; without them the explanation says so.
 * 3. Only if something waits for a worker: whom workers are busy with.
 */
export function explainer({ store, temporal, clock }: Dependencies): Explainer {
  const rates = new ProgressRate(clock);
  return async (kind, key) => {
    const { steered, explained = explainedByDefault(kind) } = kind;
    const { now, store: stored } = await readStoreFacts(store.pool, { kind: kind.name, subject: key });
    const own = await explained.read(key, stored.status);
    const facts: ExplainedMigration = {
      kind: kind.name,
      key,
      now,
      words: explained.words,
      store: stored,
      own,
      temporal: await temporalFacts(key, workflowOf(steered, key, stored.verifying), now),
      rate: rateOf(`${kind.name}:${key}`, stored.phases),
    };
    return { ...explain(facts), facts };
  };

  function workflowOf({ verification, workflowId }: SteeredKind, key: string, verifying: boolean): string {
    return verifying && verification ? verification.workflowId(key) : workflowId(key);
  }

  async function temporalFacts(key: string, workflowId: string, now: string): Promise<TemporalFacts> {
    const described = await temporal
      .describe(workflowId, now, TEMPORAL_MS)
      .catch((error: unknown) => ({ answers: false as const, why: plainWords(error) }));
    if (!described.answers) return described;
    const ahead = described.queues.length === 0 ? [] : await busyMigrations(store.pool, key);
    return { ...described, ahead };
  }

  /** Of the phases that lanes work on. */
  function rateOf(key: string, phases: ExplainedMigration['store']['phases']): number | null {
    const [first, ...others] = phases.filter(({ leases }) => leases.length > 0);
    if (first === undefined) return null;
    const began = Math.min(...[first, ...others].map(({ plannedAt }) => Date.parse(plannedAt)));
    const read = [first, ...others].reduce((sum, phase) => sum + phase.read, 0);
    return rates.perSecond(`${key}\n${began}`, read, began);
  }
}
