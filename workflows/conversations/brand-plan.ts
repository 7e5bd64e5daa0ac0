import type { Preparation } from '../../activities/conversations/types.js';
import {
  type BrandCounts,
  type BrandFailure,
  type BrandOutcome,
  type CarriedBrand,
  type MigrationBrandProgress,
  PARTS,
  type Part,
} from '../../domain/messages.js';
import { type BrandStatus, hasRecentMessages } from '../../domain/statuses.js';

/** So many brands of an account are worked on at once in each part: a brand that someone waits for never queues behind remaining messages. */
export const BRANDS_AT_ONCE = 4;

interface Work {
  state: MigrationBrandProgress['state'];
  /** Still to be done; the first is what is waiting or running. */
  parts: readonly Part[];
  counts: BrandCounts;
  attachmentsToFetch: number | undefined;
  failure: BrandFailure | undefined;
}

export interface BrandRun {
  readonly brandId: string;
  readonly parts: readonly Part[];
  readonly attachmentsToFetch: number | undefined;
}

/**
 * Which brand is to be worked on next. Recent messages of all brands come before the remaining ones of any; a brand whose
 * recent part has failed holds nobody up. What is done is never begun again.
 */
export class BrandPlan {
  readonly #brands: Map<string, Work>;

  constructor(carried: readonly (readonly [string, CarriedBrand])[] = []) {
    this.#brands = new Map(
      carried.map(([brandId, { attachmentsToFetch, failure, ...work }]) => [
        brandId,
        { ...work, attachmentsToFetch, failure },
      ]),
    );
  }

  /** For the next run, once nothing is running. */
  get carried(): readonly (readonly [string, CarriedBrand])[] {
    return [...this.#brands];
  }

  /**
   * Brands not met before are planned as their status says; those named in `again` are planned anew, or forgotten when the payload no
   * longer has them. All others are left alone.
   */
  take(brands: Preparation['brands'], again: readonly string[]): void {
    for (const brandId of again) {
      if (!brands.some((brand) => brand.brandId === brandId)) this.#brands.delete(brandId);
    }
    for (const { brandId, status } of brands) {
      const known = this.#brands.get(brandId);
      if (known === undefined || again.includes(brandId))
        this.#brands.set(brandId, planned(status, known?.counts ?? {}));
    }
  }

  /** What may begin now; from then on it counts as running. An account's only brand does all its parts in one run. */
  startNext(): readonly BrandRun[] {
    const runs: BrandRun[] = [];
    for (const part of PARTS) {
      if (part === 'remaining' && this.#inPart('recent', 'waiting', 'running').length > 0) break;
      const free = Math.max(0, BRANDS_AT_ONCE - this.#inPart(part, 'running').length);
      for (const [brandId, work] of this.#inPart(part, 'waiting').slice(0, free)) {
        work.state = 'running';
        const parts = this.#brands.size === 1 ? work.parts : [part];
        runs.push({ brandId, parts, attachmentsToFetch: work.attachmentsToFetch });
      }
    }
    return runs;
  }

  /** A brand's run goes on with its next part. One that an earlier migration has left may say so of a brand that is not planned yet. */
  partDone(brandId: string, part: Part): void {
    const work = this.#brands.get(brandId);
    if (work?.state === 'running') work.parts = work.parts.filter((open) => open !== part);
  }

  finished(run: BrandRun, outcome: BrandOutcome): void {
    const work = this.#of(run.brandId);
    work.parts = work.parts.filter((open) => !run.parts.includes(open));
    work.state = work.parts.length > 0 ? 'waiting' : 'done';
    work.counts = { ...work.counts, ...outcome.counts };
    work.attachmentsToFetch = outcome.attachmentsToFetch;
  }

  failed(brandId: string, failure: BrandFailure): void {
    const work = this.#of(brandId);
    work.state = 'failed';
    work.failure = failure;
  }

  get failures(): ReadonlyMap<string, BrandFailure> {
    return new Map(
      [...this.#brands].flatMap(([brandId, { state, failure }]) =>
        state === 'failed' && failure !== undefined ? [[brandId, failure] as const] : [],
      ),
    );
  }

  /** Something is waiting or running. */
  get isOpen(): boolean {
    return PARTS.some((part) => this.#inPart(part, 'waiting', 'running').length > 0);
  }

  /** The first part that is not through. */
  get part(): Part {
    return this.#inPart('recent', 'waiting', 'running').length > 0 ? 'recent' : 'remaining';
  }

  /** What a brand is at: its first part that is not done. */
  partOf(brandId: string): Part {
    return this.#of(brandId).parts[0] ?? 'remaining';
  }

  get progress(): { readonly [brandId: string]: MigrationBrandProgress } {
    return Object.fromEntries(
      [...this.#brands].map(([brandId, { state, parts, counts, failure }]) => [
        brandId,
        { state, parts, counts, ...(failure && { failure: failure.type }) },
      ]),
    );
  }

  #inPart(part: Part, ...states: Work['state'][]): [string, Work][] {
    return [...this.#brands].filter(
      ([, work]) => states.includes(work.state) && (work.parts[0] ?? 'remaining') === part,
    );
  }

  #of(brandId: string): Work {
    const work = this.#brands.get(brandId);
    if (work === undefined) throw new Error(`Brand ${brandId} is not in the plan.`);
    return work;
  }
}

function planned(status: BrandStatus, counts: BrandCounts): Work {
  const done = status === 'all-messages-migrated';
  return {
    state: done ? 'done' : 'waiting',
    parts: done ? [] : hasRecentMessages(status) ? ['remaining'] : PARTS,
    counts,
    attachmentsToFetch: undefined,
    failure: undefined,
  };
}
