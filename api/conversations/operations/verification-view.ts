import { FAILURES } from '../../../domain/engine/failures/failures.js';
import { shownSide } from '../../../gateways/store/conversations/check/compared.js';
import type {
  AccountVerification,
  BrandTurn,
} from '../../../gateways/store/conversations/verify/verifications.js';
import type { VerificationView } from '../schemas/verification.js';

/** The records a second of a turn; null if unknown. */
export type TurnRate = (turn: BrandTurn) => number | null;

type BrandView = VerificationView['brands'][number];

/** The operators' view of a verification. */
export function verificationView(
  facts: AccountVerification | undefined,
  rateOf: TurnRate = () => null,
): VerificationView | null {
  if (facts === undefined) return null;
  const { state, repair, askedBy, askedAt, endedAt, failure, turns } = facts;
  const brandIds = [...new Set(turns.map(({ unit }) => unit))];
  return {
    state,
    repair,
    asked_by: askedBy,
    asked_at: askedAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    failure: failure && { ...failure, next_step: FAILURES[failure.type].nextStep },
    brands: brandIds.flatMap((brandId) => {
      const own = turns.filter((turn) => turn.unit === brandId);
      const last = own.at(-1);
      return last ? [brandView(last, own, repair, rateOf)] : [];
    }),
  };
}

function brandView(last: BrandTurn, own: readonly BrandTurn[], repair: boolean, rateOf: TurnRate): BrandView {
  const first = own.find(({ pass }) => pass === 1);
  const repairing = repair && last.pass === 1;
  return {
    brand_id: last.unit,
    state: stateOf(last, repairing),
    pass: last.pass,
    progress: last.progress && progressView(last.progress, rateOf(last)),
    compared: last.compared && {
      source: shownSide(last.compared.source),
      store: shownSide(last.compared.store),
    },
    differences: repairing ? [] : differencesView(last),
    repaired: repair && first ? differencesView(first) : [],
  };
}

function progressView(
  { read, planned }: NonNullable<BrandTurn['progress']>,
  rate: number | null,
): NonNullable<BrandView['progress']> {
  const left = rate === null || read >= planned ? null : Math.ceil((planned - read) / rate);
  return { read, planned: Math.max(read, planned), rate_per_second: rate, seconds_left: left };
}

function stateOf({ imported, endedAt, differences }: BrandTurn, repairing: boolean): BrandView['state'] {
  if (!imported) return 'not-imported';
  if (endedAt === null || repairing) return 'running';
  return differences.every(({ difference }) => difference === 'new') ? 'equal' : 'unequal';
}

function differencesView({ differences }: BrandTurn): BrandView['differences'] {
  return differences.map(({ table, difference, count, samples }) => ({
    table,
    difference,
    count,
    samples: samples.map(({ id, key, fields }) => ({ id, key, fields: [...fields] })),
  }));
}
