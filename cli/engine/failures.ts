import type { Static } from 'typebox';
import type { FailuresPage } from '../../api/conversations/schemas/failures.js';
import { moment, oneLine } from './words.js';
import type { ApiClient } from './api-client.js';
import { readPages } from './pages.js';
import { table } from './table.js';
import { print, type Output } from './terminal.js';

export interface FailuresCommand {
  readonly kind?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** What needs a person, of one account or of all, one thing a row, each with the command that mends it. */
export async function failures(
  api: ApiClient,
  accountId: string | undefined,
  { kind, limit, json }: FailuresCommand,
  out: Output,
): Promise<void> {
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Static<typeof FailuresPage>>('/v2/failures', { kind, account_id: accountId, ...wish }),
    (page) => page.failures,
  );
  if (json) return print(out, JSON.stringify(found, undefined, 2));
  if (found.length === 0) return print(out, 'Nothing needs a person.');
  const rows = found.map((each) => [
    each.account_id,
    oneLine(each.what),
    moment(each.since),
    String(each.times),
    oneLine(each.message),
    oneLine(each.next_step),
    each.command,
  ]);
  const heads = ['ACCOUNT', 'WHAT', 'SINCE', 'TIMES', 'WHY', 'NEXT', 'COMMAND'];
  print(out, ...table(heads, rows, out.columns));
  if (more) print(out, `There are more: --limit ${limit * 2}.`);
}
