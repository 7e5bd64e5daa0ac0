import type { KindAtApi } from '../command-line.js';
import { migrationPath } from '../kind.js';
import type { Printer } from '../terminal/output.js';
import { inColumns, table } from '../terminal/table.js';
import { print } from '../terminal/terminal.js';
import { count, countRange, durationRange, oneLine, plural, sentences, size } from '../terminal/words.js';
import type { Estimate, Preflight, Range } from '../../../domain/engine/preflight.js';

/** The API's answer. */
type Found = Preflight & { readonly kind: string; readonly key: string };

/** Says what a start would do. For programs it is the API's answer unchanged. */
export async function preflight({ api, kind }: KindAtApi, key: string, printer: Printer): Promise<void> {
  const found = await api.get<Found>(migrationPath(kind, key, 'preflight'));
  if (await printer.data(found)) return;
  print(printer.out, ...preflightLines(found, printer.width));
}

export function preflightLines(found: Found, width: number | undefined): string[] {
  const { start, parts, quarantine, units, unchecked } = found;
  const lines = [oneLine(start.sentence)];
  if (start.next_step !== null) lines.push(`Next: ${oneLine(start.next_step)}`);
  lines.push('', ...inColumns(factsOf(found)));
  if (parts.problems.length > 0) {
    const rows = parts.problems.map(({ unit, part, reason, next_step }) => [
      ...[unit, part ?? '', oneLine(reason), oneLine(next_step)],
    ]);
    lines.push('', 'Cannot be created:', ...table(['UNIT', 'PART', 'WHY', 'NEXT'], rows, width));
  }
  if (quarantine.reasons.length > 0) {
    const rows = quarantine.reasons.map((each) => [
      ...[count(each.records), each.table, oneLine(each.reason), oneLine(each.examples[0] ?? '')],
      oneLine(each.next_step),
    ]);
    lines.push(
      '',
      'Sampled records that would be quarantined:',
      ...table(['RECORDS', 'TABLE', 'REASON', 'FOR EXAMPLE', 'NEXT'], rows, width),
    );
  }
  if (units.total > 1) {
    const rows = units.listed.map(({ unit, name, status, phases, records }) => [
      ...[unit, oneLine(name ?? ''), status, phases.join(', ')],
      records === null ? 'not sampled' : records.map(recordsInWords).join(', '),
    ]);
    lines.push('', ...table(['UNIT', 'NAME', 'STATUS', 'PHASES', 'RECORDS'], rows, width));
  }
  const wrapped = (text: string) => sentences(oneLine(text), width, '  ');
  return [
    ...[...lines, ''],
    ...wrapped(`Time: ${found.time.basis}`),
    ...wrapped(`Cost: ${found.cost.basis}`),
    ...['', 'Not checked:'],
    ...unchecked.flatMap((each) => wrapped(`- ${each}`)),
  ];
}

function factsOf({
  records,
  bytes,
  parts,
  ports,
  sample,
  quarantine,
  units,
  time,
  cost,
}: Found): (readonly [string, string])[] {
  const { made, to_make, impossible } = parts;
  const share = sample.records === 0 ? '' : ` (${percent(quarantine.records / sample.records)})`;
  return [
    ['units', `${count(units.total)} to migrate, ${count(units.surveyed)} sampled`],
    ['parts', `${count(to_make)} to create, ${count(made)} created, ${count(impossible)} impossible`],
    [
      'ports',
      `${count(ports.to_order)} to order, ${count(ports.open)} under way, ${count(ports.ended)} ended`,
    ],
    ['records', records.map(recordsInWords).join(', ') || 'none'],
    ['size', estimate(bytes, size)],
    [
      'sampled',
      `${plural(sample.records, 'record')} of ${plural(sample.pages, 'page')}, ${
        sample.complete ? 'which is everything' : 'not everything'
      }${sample.stopped === null ? '' : `. ${oneLine(sample.stopped)}`}`,
    ],
    ['quarantine', `${plural(quarantine.records, 'record')} of the sample${share}`],
    ['time', range(time.seconds, durations)],
    ['cost', range(cost.dollars, ({ from, to }) => `$${from}–$${to}`)],
    ['actions', range(cost.temporal_actions, counts)],
    ['read units', range(cost.read_units, counts)],
  ];
}

function recordsInWords({ stage, ...of }: { readonly stage: string } & Estimate): string {
  return `${estimate(of, count)} ${stage}`;
}

/** `41,002`, `~12,000–15,000`, or `at least 5,000`. */
function estimate({ low, high, exact }: Estimate, words: (value: number) => string): string {
  if (exact) return words(low);
  if (high === null) return `at least ${words(low)}`;
  return words === count ? countRange({ low, high }) : `~${words(low)}–${words(high)}`;
}

function range(known: Range | null, words: (range: Range) => string): string {
  return known === null ? 'unknown' : words(known);
}

function durations({ from, to }: Range): string {
  return durationRange({ low: from, high: to });
}

function counts({ from, to }: Range): string {
  return countRange({ low: from, high: to });
}

function percent(share: number): string {
  const of100 = 100 * share;
  return `${of100 > 0 && of100 < 0.1 ? '<0.1' : of100.toFixed(1)} %`;
}
