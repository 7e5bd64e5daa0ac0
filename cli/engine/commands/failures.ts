import type { FailureText } from '../../../domain/engine/failures/failed-things.js';
import { moment, oneLine } from '../words.js';
import type { KindAtApi } from '../command-line.js';
import { assertWord, textIn } from '../kind.js';
import { readPages } from '../pages.js';
import { table } from '../table.js';
import { print, type Output } from '../terminal.js';

export interface FailuresCommand {
  /** Only failures of this kind. */
  readonly only?: string;
  readonly limit: number;
  readonly json: boolean;
}

interface FailuresPage {
  readonly failures: readonly FailureText[];
  readonly next_cursor: string | null;
}

/** Prints what needs a person, of one migration or of all: a row for each failure, with the command that fixes it. */
export async function failures(
  { api, kind }: KindAtApi,
  key: string | undefined,
  { only, limit, json }: FailuresCommand,
  out: Output,
): Promise<void> {
  assertWord('--only', only, kind.failureKinds);
  const { path, query } = kind.calls.failures(key);
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<FailuresPage>(path, { kind: only, ...query, ...wish }),
    (page) => page.failures,
  );
  if (json) return print(out, JSON.stringify(found, undefined, 2));
  if (found.length === 0) return print(out, 'Nothing needs a person.');
  const rows = found.map((each) => [
    textIn(each, kind.calls.fields.key),
    oneLine(each.what),
    moment(each.since),
    String(each.times),
    oneLine(each.message),
    oneLine(each.next_step),
    each.command,
  ]);
  const heads = [kind.subject.toUpperCase(), 'WHAT', 'SINCE', 'TIMES', 'WHY', 'NEXT', 'COMMAND'];
  print(out, ...table(heads, rows, out.columns));
  if (more) print(out, `There are more: --limit ${limit * 2}.`);
}
