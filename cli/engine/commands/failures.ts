import type { FailureText } from '../../../domain/engine/failures/failed-things.js';
import { moment, oneLine } from '../terminal/words.js';
import type { KindAtApi, Listing } from '../command-line.js';
import { assertWord, textIn } from '../kind.js';
import { moreThan, readPages } from '../api/pages.js';
import { table } from '../terminal/table.js';
import type { Printer } from '../terminal/output.js';

export interface FailuresCommand extends Listing {
  /** Only failures of this kind. */
  readonly only?: string;
}

interface FailuresPage {
  readonly failures: readonly FailureText[];
  readonly next_cursor: string | null;
}

/** Prints what needs a person, of one migration or of all: a row for each failure, with the command that fixes it. */
export async function failures(
  { api, kind }: KindAtApi,
  key: string | undefined,
  { only, limit }: FailuresCommand,
  printer: Printer,
): Promise<void> {
  assertWord('--only', only, kind.failureKinds);
  const { path, query } = kind.calls.failures(key);
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<FailuresPage>(path, { kind: only, ...query, ...wish }),
    (page) => page.failures,
  );
  await printer.show(found, () => (found.length === 0 ? ['Nothing needs a person.'] : linesOf()));

  function linesOf(): string[] {
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
    return [...table(heads, rows, printer.width), ...(more ? [moreThan(limit)] : [])];
  }
}
