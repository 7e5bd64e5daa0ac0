import type { KindAtApi } from '../command-line.js';
import { migrationPath } from '../kind.js';
import { inColumns, table } from '../terminal/table.js';
import type { Printer } from '../terminal/output.js';
import { print, say } from '../terminal/terminal.js';
import { count, moment, oneLine } from '../terminal/words.js';

/** The part of the API's answer that people see. */
interface Explanation {
  readonly reason: string;
  readonly sentence: string;
  readonly since: string | null;
  readonly next_step: string | null;
  readonly facts: {
    readonly status: string;
    readonly rate_per_second: number | null;
    readonly waits: readonly Wait[];
    readonly temporal: { readonly answers: boolean; readonly why: string | null };
  };
}

interface Wait {
  readonly reason: string;
  readonly unit: string | null;
  readonly since: string | null;
  readonly what: string;
  readonly records_left: number;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** Says why a migration waits: a sentence and the next step, then the facts. For programs it is the API's answer unchanged. */
export async function explain({ api, kind }: KindAtApi, key: string, printer: Printer): Promise<void> {
  const found = await api.get<Explanation>(migrationPath(kind, key, 'explain'));
  if (await printer.data(found)) return;
  const { out, width } = printer;
  say(out, oneLine(found.sentence));
  if (found.next_step !== null) say(out, `Next: ${oneLine(found.next_step)}`);
  print(out, '', ...inColumns(factsOf(found)));
  const { waits } = found.facts;
  if (waits.length < 2) return;
  const rows = waits.map((wait) => [
    wait.unit ?? '',
    wait.reason,
    wait.since === null ? '' : moment(wait.since),
    wait.records_left === 0 ? '' : count(wait.records_left),
    oneLine(wait.what),
  ]);
  print(out, '', ...table(['UNIT', 'REASON', 'SINCE', 'LEFT', 'WHAT'], rows, width));
}

function factsOf({ reason, since, facts }: Explanation): (readonly [string, string])[] {
  const { status, rate_per_second: rate, temporal, waits } = facts;
  const details = Object.entries(waits[0]?.details ?? {}).filter(([, value]) => value !== null);
  return [
    ['status', status],
    ['reason', reason],
    ...(since === null ? [] : [['since', moment(since)] as const]),
    ...details.map(([name, value]) => [name.replaceAll('_', ' '), oneLine(String(value))] as const),
    ...(rate === null ? [] : [['rate', `${rate.toLocaleString('en-US')} a second`] as const]),
    ['Temporal', temporal.answers ? 'answers' : `does not answer: ${oneLine(temporal.why ?? '')}`],
  ];
}
