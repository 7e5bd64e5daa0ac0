/** The figures of a certificate must be consistent, whoever signed them. */

import { canonicalJson } from '../engine/proof/canonical-json.js';
import type { CertificateForm, CheckStep } from '../engine/proof/certificate.js';
import {
  AccountCertificate,
  type CertificateStatement,
  type CertifiedBrand,
  type CertifiedHeld,
  type CertifiedSide,
  type CertifiedTotals,
  type FirstStatement,
} from './certificate.js';

type AnyStatement = AccountCertificate['certificate'];

export const accountCertificates: CertificateForm<AnyStatement> = {
  file: AccountCertificate,
  subjectOf: ({ account_id: accountId }) => accountId,
  figureSteps,
};

type Figures = Readonly<Record<string, number | string | undefined>>;

/** The sums over all brands. Digests are summed as integers. */
export function totalsOf(
  brands: readonly Omit<CertifiedBrand, 'brand_id' | 'compared_at'>[],
): CertifiedTotals {
  return {
    source: summed(
      brands.map(({ source }) => source),
      NO_SIDE,
    ),
    store: summed(
      brands.map(({ store }) => store),
      NO_SIDE,
    ),
    held: summed(
      brands.map(({ held }) => held),
      brands.some(({ held }) => held.removed !== undefined) ? { ...NOTHING_HELD, removed: 0 } : NOTHING_HELD,
    ),
    waived: brands.reduce((sum, brand) => sum + waivedOf(brand), 0),
    ...(brands.some(({ removed }) => removed !== undefined) && {
      removed: brands.reduce((sum, { removed = 0 }) => sum + removed, 0),
    }),
  };
}

const NO_SIDE: CertifiedSide = {
  messages: 0,
  messages_digest: '0',
  attachments: 0,
  attachments_digest: '0',
  threads: 0,
  threads_digest: '0',
  quarantined_threads: 0,
};
const NOTHING_HELD: CertifiedHeld = {
  messages: 0,
  threads: 0,
  quarantined_messages: 0,
  quarantined_threads: 0,
  superseded: 0,
};

function summed<Of extends Figures>(all: readonly Of[], nothing: Of): Of {
  return all.reduce<Of>(
    (sum, one) =>
      Object.fromEntries(
        Object.entries(sum).map(([name, value]) => [
          name,
          typeof value === 'number'
            ? value + Number(one[name] ?? 0)
            : String(BigInt(value ?? 0) + BigInt(one[name] ?? 0)),
        ]),
      ) as Of,
    nothing,
  );
}

/**
 * The conditions for the figures of a statement:
 *
 * 1. For each brand both sides are equal, including digests, and every message read is held, quarantined or superseded.
 * 2. At most as many quarantined records are waived as there are.
 * 3. No brand appears twice, none was compared after the certificate was made, and the totals are the sums of the brands.
 */
function figureSteps(statement: AnyStatement): CheckStep[] {
  if (statement.version === 1) return statement.brands.map(firstBrandStep);
  return [...statement.brands.map((brand) => brandStep(brand, statement)), totalsStep(statement)];
}

function brandStep(brand: CertifiedBrand, { made_at: madeAt }: CertificateStatement): CheckStep {
  const { brand_id: brandId, compared_at: comparedAt, source, held } = brand;
  const accounted = held.messages + held.quarantined_messages + held.superseded;
  const quarantined = held.quarantined_messages + held.quarantined_threads;
  const waived = waivedOf(brand);
  const wrong = [
    ...unequalSides(brand),
    ...(source.messages === accounted
      ? []
      : [`${source.messages} message records were read and ${accounted} are accounted for`]),
    ...(source.quarantined_threads <= held.quarantined_threads
      ? []
      : [
          `${source.quarantined_threads} threads were refused and ${held.quarantined_threads} are in quarantine`,
        ]),
    ...(waived <= quarantined ? [] : [`${waived} records are waived and ${quarantined} are in quarantine`]),
    ...(Date.parse(comparedAt) <= Date.parse(madeAt)
      ? []
      : ['it was compared after the certificate was made']),
  ];
  if (wrong.length > 0) return { holds: false, words: `Brand ${brandId}: ${wrong.join(', ')}.` };
  return {
    holds: true,
    words:
      `Brand ${brandId}: ${source.messages} message records read = ${held.messages} held + ` +
      `${held.quarantined_messages} quarantined + ${held.superseded} superseded; both sides equal${removedWords(held)}.`,
  };
}

function removedWords({ removed = 0 }: CertifiedHeld): string {
  return removed === 0 ? '' : `; ${removed} more were removed with their records at the source`;
}

function totalsStep({ brands, totals }: CertificateStatement): CheckStep {
  const expected = totalsOf(brands);
  const distinct = new Set(brands.map(({ brand_id: brandId }) => brandId)).size === brands.length;
  if (canonicalJson(expected) === canonicalJson(totals) && distinct)
    return { holds: true, words: `The totals are the sums of all brands (${brands.length}).` };
  return {
    holds: false,
    words: distinct ? 'The totals are not the sums of the brands.' : 'A brand is named twice.',
  };
}

function firstBrandStep(brand: FirstStatement['brands'][number]): CheckStep {
  const { brand_id: brandId, source, held } = brand;
  const quarantined = source.messages - held.messages - held.superseded;
  const wrong = [
    ...unequalSides(brand),
    ...(quarantined >= 0 && quarantined <= held.quarantined
      ? []
      : [
          `${quarantined} message records are neither held nor superseded, and ${held.quarantined} are quarantined`,
        ]),
  ];
  return wrong.length === 0
    ? {
        holds: true,
        words: `Brand ${brandId}: ${source.messages} message records read, all accounted for; both sides equal.`,
      }
    : { holds: false, words: `Brand ${brandId}: ${wrong.join(', ')}.` };
}

function unequalSides({ source, store }: { source: CertifiedSide; store: CertifiedSide }): string[] {
  const names = (Object.keys(source) as (keyof CertifiedSide)[]).filter(
    (name) => source[name] !== store[name],
  );
  return names.length === 0 ? [] : [`${names.join(', ')} differ`];
}

function waivedOf({ waived }: Pick<CertifiedBrand, 'waived'>): number {
  return waived.reduce((sum, { records }) => sum + records, 0);
}
