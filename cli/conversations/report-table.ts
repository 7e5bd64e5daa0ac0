import { REPORT_TITLES, type Report } from '../../domain/conversations/report.js';
import { sectionsOf, totalOf, waivedInWords } from '../../domain/engine/failures/report.js';
import { table } from '../engine/terminal/table.js';
import { moment, oneLine } from '../engine/terminal/words.js';

export function reportTable(found: Report, width?: number): string[] {
  const waived = found.waived > 0 ? [waivedInWords(found)] : [];
  if (totalOf(found) === 0) return ['Nothing needs a person.', ...waived];
  const sections = sectionsOf(found, REPORT_TITLES).flatMap(({ title, count, entries, more }) => [
    `${title}: ${count}`,
    ...table(
      ['ACCOUNT', 'WHAT', 'SINCE', 'WHY', 'COMMAND'],
      entries.map((entry) => [
        oneLine(entry.account_id),
        oneLine(entry.what),
        moment(entry.since),
        oneLine(entry.message),
        entry.command,
      ]),
      width,
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
    '',
  ]);
  return [...sections, ...waived];
}
