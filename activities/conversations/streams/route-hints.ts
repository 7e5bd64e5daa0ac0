import pLimit from 'p-limit';
import type { ApplyHints, FollowedBrand, Hint } from '../../../domain/conversations/following/hints.js';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import type { FailureType } from '../../../domain/engine/failures/failures.js';
import { grouped } from '../../../domain/engine/grouped.js';
import { readFollowed } from '../../../gateways/store/conversations/streams/followed-brands.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';

export interface Routing {
  readonly pool: Pool;
  readonly apply: ApplyHints;
  /** Stores hints that could not be applied, for `applyWaiting`. */
  readonly keep: (brand: FollowedBrand, hints: readonly Hint[]) => Promise<void>;
  readonly logger: { warn(facts: object, message: string): void };
  readonly signal: AbortSignal;
}

/** Hints of one call of `apply`. */
const HINTS_AT_ONCE = 200;
const BRANDS_AT_ONCE = 4;

/**
 * Applies the hints of each brand in order, and several brands concurrently. Stores hints that cannot be applied now, so that a brand in trouble does
 * not delay others. Drops hints of brands that have left. Throws if hints can be neither applied nor stored, or the signal's reason.
 */
export async function routeHints(hints: readonly Hint[], routing: Routing): Promise<void> {
  const byBrand = grouped(hints, ({ brandId }) => brandId);
  const brands = await readFollowed(routing.pool, [...byBrand.keys()]);
  const limit = pLimit(BRANDS_AT_ONCE);
  await Promise.all(
    brands.map((brand) =>
      limit(() => applyOrKeep(brand, withoutRepeats(byBrand.get(brand.brandId) ?? []), routing)),
    ),
  );
}

async function applyOrKeep(brand: FollowedBrand, hints: readonly Hint[], routing: Routing): Promise<void> {
  const { apply, keep, logger, signal } = routing;
  for (let at = 0; at < hints.length; at += HINTS_AT_ONCE) {
    try {
      await apply(brand, hints.slice(at, at + HINTS_AT_ONCE), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      logger.warn({ ...brand, type: typeOf(error) }, 'Changes could not be applied and wait');
      return keep(brand, hints.slice(at));
    }
  }
}

export function typeOf(error: unknown): FailureType {
  return error instanceof CarryoverError ? error.type : 'Unexpected';
}

/** A record is read as it is now, so one of several hints is enough. */
function withoutRepeats(hints: readonly Hint[]): Hint[] {
  return [...new Map(hints.map((hint) => [JSON.stringify(hint), hint])).values()];
}
