import type { Preparation } from '../../activities/conversations/types.js';
import {
  type BrandCounts,
  type BrandFailure,
  type BrandOutcome,
  type MigrationBrandProgress,
  type MigrationCarried,
  type MigrationProgress,
  PARTS,
  type Part,
  TOLD_BRANDS,
} from '../../domain/engine/messages.js';
import { type BrandStatus, hasRecentMessages } from '../../domain/conversations/statuses.js';
import { packBrands, unpackBrands } from './carried-brands.js';

/** So many brands of an account are worked on at once in each part: a brand that someone waits for never queues behind remaining messages. */
export const BRANDS_AT_ONCE = 4;

interface Work {
  name: string | undefined;
  state: MigrationBrandProgress['state'];
  /** Still to be done; the first is what is waiting or running. */
  parts: readonly Part[];
  counts: BrandCounts;
  attachmentsToFetch: number | undefined;
  failure: BrandFailure | undefined;
}

export interface BrandRun {
  readonly brandId: string;
  readonly name: string | undefined;
  readonly parts: readonly Part[];
  readonly attachmentsToFetch: number | undefined;
  /** This migration has brought a part of it before. */
  readonly isBegun: boolean;
}

/**
 * Which brand is to be worked on next. Recent messages of all brands come before the remaining ones of any; a brand whose
 * recent part has failed holds nobody up. What is done is never begun again.
 */
export class BrandPlan {
  readonly #brands: Map<string, Work>;

  constructor(carried: Pick<MigrationCarried, 'brands' | 'many'> = { brands: [] }) {
    this.#brands = new Map(
      unpackBrands(carried).map(([brandId, { name, attachmentsToFetch, failure, ...work }]) => [
        brandId,
        { ...work, name, attachmentsToFetch, failure },
      ]),
    );
  }

  /** For the next run, once nothing is running. */
  get carried(): Pick<MigrationCarried, 'brands' | 'many'> {
    return packBrands([...this.#brands]);
  }

  /**
   * Brands not met before are planned as their status says; those named in `again` are planned anew, or forgotten when the payload no
   * longer has them. All others are left alone.
   */
  take(brands: Preparation['brands'], again: readonly string[]): void {
    const named = new Set(brands.map(({ brandId }) => brandId));
    for (const brandId of again) if (!named.has(brandId)) this.#brands.delete(brandId);
    const anew = new Set(again);
    for (const { brandId, name, status } of brands) {
      const known = this.#brands.get(brandId);
      if (known === undefined || anew.has(brandId))
        this.#brands.set(brandId, { ...planned(status, known?.counts ?? {}), name });
      else known.name = name;
    }
  }

  /** What may begin now; from then on it counts as running. An account's only brand does all its parts in one run. */
  startNext(): readonly BrandRun[] {
    const runs: BrandRun[] = [];
    for (const part of PARTS) {
      if (part === 'remaining' && this.#first(1, 'recent', 'waiting', 'running').length > 0) break;
      const free = BRANDS_AT_ONCE - this.#first(BRANDS_AT_ONCE, part, 'running').length;
      for (const [brandId, work] of this.#first(free, part, 'waiting')) {
        work.state = 'running';
        const parts = this.#brands.size === 1 ? work.parts : [part];
        const { name, attachmentsToFetch } = work;
        const isBegun = work.counts.recent !== undefined;
        runs.push({ brandId, name, parts, attachmentsToFetch, isBegun });
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
    return PARTS.some((part) => this.#first(1, part, 'waiting', 'running').length > 0);
  }

  /** The first part that is not through. */
  get part(): Part {
    return this.#first(1, 'recent', 'waiting', 'running').length > 0 ? 'recent' : 'remaining';
  }

  /** What a brand is at: its first part that is not done. */
  partOf(brandId: string): Part {
    return this.#of(brandId).parts[0] ?? 'remaining';
  }

  get progress(): Pick<MigrationProgress, 'brands' | 'states'> {
    const states = { waiting: 0, running: 0, failed: 0, done: 0 };
    for (const { state } of this.#brands.values()) states[state] += 1;
    const told =
      this.#brands.size <= TOLD_BRANDS
        ? [...this.#brands]
        : (['running', 'failed', 'waiting', 'done'] as const)
            .flatMap((state) => this.#first(TOLD_BRANDS, undefined, state))
            .slice(0, TOLD_BRANDS);
    const brands = Object.fromEntries(
      told.map(([brandId, { name, state, parts, counts, failure }]) => [
        brandId,
        {
          ...(name !== undefined && { name }),
          ...{ state, parts, counts },
          ...(failure && { failure: failure.type }),
        },
      ]),
    );
    return { brands, states };
  }

  /** The first so many, in the payload's order. Looked for with every change: MUST NOT copy the plan, which may have ten thousand brands. */
  #first(limit: number, part: Part | undefined, ...states: Work['state'][]): [string, Work][] {
    const found: [string, Work][] = [];
    if (limit <= 0) return found;
    for (const [brandId, work] of this.#brands) {
      if (!states.includes(work.state)) continue;
      if (part !== undefined && (work.parts[0] ?? 'remaining') !== part) continue;
      if (found.push([brandId, work]) === limit) break;
    }
    return found;
  }

  #of(brandId: string): Work {
    const work = this.#brands.get(brandId);
    if (work === undefined) throw new Error(`Brand ${brandId} is not in the plan.`);
    return work;
  }
}

function planned(status: BrandStatus, counts: BrandCounts): Omit<Work, 'name'> {
  const done = status === 'all-messages-migrated';
  return {
    state: done ? 'done' : 'waiting',
    parts: done ? [] : hasRecentMessages(status) ? ['remaining'] : PARTS,
    counts,
    attachmentsToFetch: undefined,
    failure: undefined,
  };
}
