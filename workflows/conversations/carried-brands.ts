/** The plan of a migration as one run hands it to the next. Temporal takes 2 MB of input, and an account may have ten thousand brands. */

import type { ManyBrands, MigrationCarried } from '../../domain/engine/messages.js';
import { type CarriedBrand, PARTS, type Part, TOLD_BRANDS } from '../../domain/engine/messages.js';

type Brands = readonly (readonly [string, CarriedBrand])[];

/** MUST be called while nothing runs. */
export function packBrands(brands: Brands): Pick<MigrationCarried, 'brands' | 'many'> {
  if (brands.length <= TOLD_BRANDS) return { brands };
  const idsOf = (isIn: (brand: CarriedBrand) => boolean) =>
    brands.flatMap(([brandId, brand]) => (isIn(brand) ? [brandId] : []));
  const waiting = (part: Part) => idsOf(({ state, parts }) => state === 'waiting' && parts[0] === part);
  const failed: ManyBrands['failed'] = brands.flatMap(([brandId, { state, parts, failure }]) =>
    state === 'failed' && failure ? [[brandId, parts[0] ?? 'remaining', failure.type, failure.since]] : [],
  );
  const done = idsOf(({ state }) => state === 'done');
  return { brands: [], many: { recent: waiting('recent'), remaining: waiting('remaining'), failed, done } };
}

export function unpackBrands({ brands, many }: Pick<MigrationCarried, 'brands' | 'many'>): Brands {
  if (many === undefined) return brands;
  const from = (part: Part) => PARTS.slice(PARTS.indexOf(part));
  const waiting = (part: Part) =>
    many[part].map((brandId) => [brandId, { state: 'waiting', parts: from(part), counts: {} }] as const);
  return [
    ...waiting('recent'),
    ...waiting('remaining'),
    ...many.failed.map(
      ([brandId, part, type, since]) =>
        [brandId, { state: 'failed', parts: from(part), counts: {}, failure: { type, since } }] as const,
    ),
    ...many.done.map((brandId) => [brandId, { state: 'done', parts: [], counts: {} }] as const),
  ];
}
