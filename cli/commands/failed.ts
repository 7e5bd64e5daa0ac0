import { carryoverCommand } from '../../domain/commands.js';
import { moment, oneLine, plural } from '../progress/words.js';
import type { ApiClient } from './api-client.js';
import { readPages } from './pages.js';
import { table } from './table.js';
import { CommandError, EXIT, print, type Output } from './terminal.js';

interface QuarantinePage {
  readonly records: readonly {
    readonly id: string;
    readonly source_table: string;
    readonly source_key: string;
    readonly reason: string;
    readonly at: string;
  }[];
  readonly next_cursor: string | null;
}

export interface QuarantineList {
  readonly table?: string;
  readonly reason?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** An account's records that could not be taken. */
export async function quarantineList(
  api: ApiClient,
  accountId: string,
  { limit, json, ...filter }: QuarantineList,
  out: Output,
): Promise<void> {
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<QuarantinePage>(pathOf(accountId, 'quarantine'), { ...filter, ...wish }),
    ({ records }) => records,
  );
  if (json) return print(out, JSON.stringify(found, undefined, 2));
  if (found.length === 0) {
    const filtered = Object.values(filter).some((wish) => wish !== undefined);
    return print(out, `Nothing of ${accountId} is in quarantine${filtered ? ' that fits' : ''}.`);
  }
  const rows = found.map((each) => [
    each.id,
    each.source_table,
    oneLine(each.source_key),
    moment(each.at),
    oneLine(each.reason),
  ]);
  print(out, ...table(['RECORD', 'TABLE', 'KEY', 'SINCE', 'WHY'], rows, out.columns));
  if (more) print(out, `There are more: --limit ${limit * 2}.`);
}

/** One record as the source gave it. */
export async function quarantineShow(
  api: ApiClient,
  accountId: string,
  record: string,
  out: Output,
): Promise<void> {
  const found = await api.get<unknown>(`${pathOf(accountId, 'quarantine')}/${encodeURIComponent(record)}`);
  print(out, JSON.stringify(found, undefined, 2));
}

export async function quarantineRetry(
  api: ApiClient,
  accountId: string,
  records: readonly string[],
  json: boolean,
  out: Output,
): Promise<void> {
  const body = records.length === 0 ? {} : { records };
  const answer = await api.post<{ records: number | null }>(pathOf(accountId, 'quarantine/retry'), body);
  if (json) return print(out, JSON.stringify(answer, undefined, 2));
  const what =
    answer.records === null ? 'All quarantined records' : plural(answer.records, 'quarantined record');
  print(out, `${what} of ${accountId} ${answer.records === 1 ? 'is' : 'are'} read at the source again.`);
  print(out, `See what is left with: ${carryoverCommand('quarantine', 'list', accountId)}`);
}

export interface AttachmentsRetry {
  readonly brand?: string;
  readonly message?: string;
  readonly attachment?: string;
  readonly json: boolean;
}

export async function attachmentsRetry(
  api: ApiClient,
  accountId: string,
  { brand, message, attachment, json }: AttachmentsRetry,
  out: Output,
): Promise<void> {
  const answer = await api.post<{ attachments: number }>(pathOf(accountId, 'attachments/retry'), {
    ...(brand === undefined ? {} : { brand_id: brand }),
    ...(message === undefined ? {} : { message_id: message }),
    ...(attachment === undefined ? {} : { attachment_id: attachment }),
  });
  if (json) return print(out, JSON.stringify(answer, undefined, 2));
  const { attachments: tried } = answer;
  const words =
    tried === 0
      ? `No attachment of ${accountId} that fits has failed; those that wait are fetched.`
      : `${plural(tried, 'failed attachment')} of ${accountId} ${tried === 1 ? 'is' : 'are'} fetched again.`;
  print(out, words);
}

/** Says what is lost, and does it only when told to. */
export async function reset(
  api: ApiClient,
  accountId: string,
  { yes: sure, json }: { readonly yes: boolean; readonly json: boolean },
  out: Output,
): Promise<void> {
  if (!sure) {
    throw new CommandError(
      `A reset removes everything that the migration of ${accountId} made, and starts it again. If you mean it, add --yes.`,
      EXIT.usage,
    );
  }
  const answer = await api.post<unknown>('/v2/reset-migration', { account_id: accountId });
  if (json) return print(out, JSON.stringify(answer, undefined, 2));
  print(out, `${accountId} is being reset; its migration then begins again.`);
  print(out, `Watch it with: ${carryoverCommand('watch', accountId)}`);
}

function pathOf(accountId: string, what: string): string {
  return `/v2/migrations/${encodeURIComponent(accountId)}/${what}`;
}
