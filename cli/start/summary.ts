import pc from 'picocolors';
import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { table } from '../engine/terminal/table.js';
import { count, duration, oneLine, plural, sentences } from '../engine/terminal/words.js';
import { attentionOf } from '../conversations/progress/attention.js';
import { changesInWords, followedBy } from '../conversations/progress/following-words.js';
import { messagesCompared, type Outcome } from './migrate-sample.js';

type Check = NonNullable<Outcome['view']['brands'][number]['phases'][number]['check']>;

const INDENT = '  ';
const HEADS = ['BRAND', 'READ', 'WRITTEN', 'COPIES', 'QUARANTINED', 'THREADS', 'MERGED INTO', 'DIGESTS'];

/** Counts of the source and of the copy, brand by brand, as of each brand's last check. */
export function summary({ view, seconds, good }: Outcome, width?: number): string {
  const rows = view.brands.map((brand) => {
    // The check of the last phase covers the whole brand.
    const check = brand.phases.flatMap((phase) => phase.check ?? []).at(-1);
    return [oneLine(brand.name), ...(check === undefined ? [brand.migration_status] : cells(check))];
  });
  const failures = [view.failure, ...view.brands.map(({ failure }) => failure)].flatMap((failure) =>
    failure === null ? [] : [`  ${pc.red(failure.message)}\n  ${failure.next_step}`],
  );
  const attention = attentionOf(view);
  const ports = view.ports.filter(({ status }) => status === 'complete').length;
  const { stored, failed } = view.attachments;
  return [
    '',
    `${headingOf(view, good)} ${pc.dim(`${view.account_id}, in ${duration(seconds)}`)}`,
    '',
    ...table(HEADS, rows, width && width - INDENT.length).map((line) => `${INDENT}${line}`),
    '',
    `  ${ports} of ${plural(view.ports.length, 'number')} ported, ${plural(stored, 'attachment')} stored${
      failed === 0 ? '' : `, ${count(failed)} failed`
    }`,
    ...sinceThen(view),
    ...(attention.length === 0
      ? []
      : [
          ...sentences(
            `A person is needed: ${oneLine(attention.join(', '))}.`,
            width && width - INDENT.length,
          ).map((line) => INDENT + pc.yellow(line)),
          `  What to do about each: ${carryoverCommand('failures', view.account_id)}`,
        ]),
    ...failures,
    '',
    '',
  ].join('\n');
}

/** What came, changed and went at the source since the migration began, and what the last verification says of all of it. */
function sinceThen({ following, verification }: MigrationView): string[] {
  const { by, until } = following;
  if (by === null) return [];
  const counts = `  Since the import began, followed ${followedBy(by)}: ${changesInWords(following)}`;
  if (until === null) return [counts];
  const end =
    verification?.state === 'equal'
      ? `  ${plural(messagesCompared(verification), 'message record')} compared once more after the last port: all equal`
      : pc.red(`  The last verification, which should find all equal: ${verification?.state ?? 'none'}`);
  return [counts, end];
}

function headingOf({ migration_status: status }: MigrationView, good: boolean): string {
  if (good) return pc.green('✔ Migrated and verified');
  if (status !== 'all-messages-migrated') return pc.red(`✖ ${status}`);
  return pc.yellow('! All messages are migrated');
}

function cells(check: Check): string[] {
  const numbers = [
    check.read,
    check.held,
    check.superseded,
    check.quarantined,
    check.threads_read,
    check.threads_held,
  ];
  const equal = check.source_digest === check.store_digest;
  return [...numbers.map(count), equal ? 'equal' : 'DIFFERENT'];
}
