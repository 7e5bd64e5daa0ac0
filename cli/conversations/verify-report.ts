import type { VerificationView } from '../../api/conversations/schemas/verification.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { table } from '../engine/terminal/table.js';
import { count, oneLine, sentences } from '../engine/terminal/words.js';

const HEADS = ['BRAND', 'WHAT', 'HOW', 'COUNT', 'FOR EXAMPLE'];

/** The result of an ended verification, and the next step, in lines. */
export function reportOf(accountId: string, verification: VerificationView, width?: number): string[] {
  const { state, failure, brands } = verification;
  const rows = brands.flatMap((brand) =>
    brand.differences.map((difference) => rowOf(brand.brand_id, difference)),
  );
  const missing = brands.filter((brand) => brand.state === 'not-imported').map(({ brand_id: id }) => id);
  const repaired = brands.flatMap((brand) => brand.repaired.map((found) => rowOf(brand.brand_id, found)));
  return [
    ...(repaired.length > 0 ? ['Imported again:', ...table(HEADS, repaired, width), ''] : []),
    ...(rows.length > 0 ? [...table(HEADS, rows, width), ''] : []),
    ...(missing.length > 0 ? [`Not compared, because not fully imported: ${missing.join(', ')}.`] : []),
    ...(state === 'failed' && failure
      ? [`The verification failed: ${oneLine(failure.message)}`, failure.next_step]
      : []),
    ...(state === 'failed'
      ? []
      : conclusion(accountId, verification, missing.length > 0)
          .split('\n')
          .flatMap((line) => sentences(line, width))),
  ];
}

type BrandView = VerificationView['brands'][number];

function rowOf(
  brandId: string,
  { table: where, difference, count: number, samples }: BrandView['differences'][number],
): string[] {
  const words = samples.map(({ id, key, fields }) => {
    const what = oneLine(id ?? key ?? '-');
    return fields.length > 0 ? `${what} (${fields.join(', ')})` : what;
  });
  return [brandId, where, difference, count(number), words.join(', ')];
}

const EXTRA =
  'Extra records are never deleted automatically: somebody may have written them, or the source has deleted them since. ' +
  'Find out where they come from; once they are removed from the store, a verification finds all equal.';

function conclusion(
  accountId: string,
  { state, repair, brands }: VerificationView,
  notImported: boolean,
): string {
  const again = carryoverCommand('verify', accountId, '--repair');
  const compared = brands.reduce((sum, brand) => sum + (brand.compared?.source.messages ?? 0), 0);
  if (state === 'equal') {
    const news = brands.some((brand) => brand.differences.length > 0);
    const next = news ? ` Import new records with: ${again}` : '';
    return `All equal: ${count(compared)} message records of ${accountId} read again; the store matches the source.${next}`;
  }
  if (notImported) return `Import the rest first: ${carryoverCommand('retry', accountId)}`;
  const found = new Set(brands.flatMap((brand) => brand.differences.map(({ difference }) => difference)));
  const extra = found.has('extra') ? [EXTRA] : [];
  if (extra.length > 0 && !found.has('missing') && !found.has('different')) return EXTRA;
  const advice = repair
    ? 'The repair did not fix everything: the source may be changing. Try again:'
    : 'Import missing and different records again with:';
  return [`${advice} ${again}`, ...extra].join('\n');
}
