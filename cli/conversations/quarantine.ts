import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Static } from 'typebox';
import type { GroupsPage, QuarantinePage } from '../../api/conversations/schemas/quarantine.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { groupInWords } from '../../domain/conversations/report.js';
import { count, moment, oneLine, plural } from '../engine/terminal/words.js';
import type { ApiClient } from '../engine/api/client.js';
import type { Listing } from '../engine/command-line.js';
import { moreThan, readPages } from '../engine/api/pages.js';
import type { Printer } from '../engine/terminal/output.js';
import { table } from '../engine/terminal/table.js';
import { CommandError, EXIT, print, type Output } from '../engine/terminal/terminal.js';

export interface Filter {
  readonly table?: string;
  readonly reason?: string;
  readonly group?: string;
  readonly waived?: boolean;
  readonly open?: boolean;
}

export interface QuarantineList extends Filter, Listing {}

/** The selected records; without a selection all of the account. */
export interface Choice {
  readonly records?: readonly string[];
  readonly group?: string;
}

/** Lists an account's quarantined records by root cause, the group with most open records first. */
export async function quarantineGroups(
  api: ApiClient,
  accountId: string,
  { limit }: Listing,
  printer: Printer,
): Promise<void> {
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Static<typeof GroupsPage>>(pathOf(accountId, '/groups'), { ...wish }),
    ({ groups }) => groups,
  );
  if (await printer.data(found)) return;
  const { out, width } = printer;
  if (found.length === 0) return print(out, `No record of ${accountId} is quarantined.`);
  const open = (group: (typeof found)[number]) => group.records - group.waived;
  const rows = found
    .toSorted((a, b) => open(b) - open(a))
    .map((group) => [
      group.group,
      groupInWords({ ...group, sourceTable: group.source_table }),
      group.waived === 0 ? '' : count(group.waived),
      oneLine(group.reason),
      oneLine(group.samples.map(({ id }) => id).join(' ')),
      group.next_step,
      open(group) === 0 ? '' : group.command,
    ]);
  const heads = ['GROUP', 'RECORDS', 'WAIVED', 'WHY', 'FOR EXAMPLE', 'NEXT', 'COMMAND'];
  print(out, ...table(heads, rows, width), ...(more ? [moreThan(limit)] : []));
}

/** Lists an account's quarantined records. */
export async function quarantineList(
  api: ApiClient,
  accountId: string,
  { limit, ...filter }: QuarantineList,
  printer: Printer,
): Promise<void> {
  const wished = queryOf(filter);
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Static<typeof QuarantinePage>>(pathOf(accountId), { ...wished, ...wish }),
    ({ records }) => records,
  );
  if (await printer.data(found)) return;
  const { out, width } = printer;
  if (found.length === 0) {
    const isFiltered = Object.keys(wished).length > 0;
    return print(out, `No ${isFiltered ? 'such ' : ''}record of ${accountId} is quarantined.`);
  }
  const rows = found.map((each) => [
    each.id,
    each.source_table,
    oneLine(each.source_key),
    moment(each.at),
    oneLine(each.thread_reason === null ? each.reason : `${each.reason}: ${each.thread_reason}`),
    each.waiver === null ? '' : oneLine(`${each.waiver.by}: ${each.waiver.reason}`),
  ]);
  const heads = ['RECORD', 'TABLE', 'KEY', 'SINCE', 'WHY', 'WAIVED BY'];
  print(out, ...table(heads, rows, width), ...(more ? [moreThan(limit)] : []));
}

/** Prints one record as the source gave it. */
export async function quarantineShow(
  api: ApiClient,
  accountId: string,
  record: string,
  printer: Printer,
): Promise<void> {
  const found = await api.get<unknown>(pathOf(accountId, `/${encodeURIComponent(record)}`));
  await printer.show(found, () => [JSON.stringify(found, undefined, 2)]);
}

/** Reads the selected records at the source again; those that are valid now are imported. */
export async function quarantineRetry(
  api: ApiClient,
  accountId: string,
  choice: Choice,
  printer: Printer,
): Promise<void> {
  const answer = await api.post<{ records: number | null }>(pathOf(accountId, '/retry'), choice);
  const what =
    answer.records === null ? 'All quarantined records' : plural(answer.records, 'quarantined record');
  await printer.show(answer, () => [
    `${what} of ${accountId} ${answer.records === 1 ? 'is' : 'are'} read at the source again.`,
    `See the remaining records with: ${carryoverCommand('quarantine', 'groups', accountId)}`,
  ]);
}

/** Writes all records as NDJSON. A file is written completely or not at all. */
export async function quarantineExport(
  api: ApiClient,
  accountId: string,
  { raw, out: file, ...filter }: Filter & { readonly raw: boolean; readonly out?: string },
  out: Output,
): Promise<void> {
  const query = { ...queryOf(filter), ...(raw ? { raw: 'true' } : {}) };
  const lines = api.stream(pathOf(accountId, '/export'), 'application/x-ndjson', query);
  if (file === undefined) {
    const decoder = new TextDecoder();
    for await (const chunk of lines) {
      const isFull = out.write(decoder.decode(chunk, { stream: true })) === false;
      if (isFull && out === process.stdout) await once(process.stdout, 'drain');
    }
    return;
  }
  const unfinished = `${file}.${process.pid}`;
  try {
    await pipeline(Readable.from(lines), createWriteStream(unfinished, { mode: 0o600 }));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    if (error instanceof CommandError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CommandError(`${file} cannot be written (${code}). Check the path.`);
  }
  print(out, `The quarantined records of ${accountId} are in ${file}${raw ? ', with their contents' : ''}.`);
}

export interface Waive {
  readonly reason?: string;
  readonly revoke: boolean;
}

/** Waives records, so that they stay out for good, or revokes their waivers. */
export async function quarantineWaive(
  api: ApiClient,
  accountId: string,
  choice: Choice,
  { reason, revoke }: Waive,
  printer: Printer,
): Promise<void> {
  if (choice.records === undefined && choice.group === undefined)
    throw new CommandError('Name records, or a group with --group.', EXIT.usage);
  if (!revoke && reason === undefined)
    throw new CommandError('Say why, with --reason: it is kept with your name.', EXIT.usage);
  const answer = revoke
    ? await api.post<{ records: number }>(pathOf(accountId, '/revoke-waiver'), choice)
    : await api.post<{ records: number }>(pathOf(accountId, '/waive'), { ...choice, reason });
  const what = `${plural(answer.records, 'record')} of ${accountId}`;
  await printer.show(answer, () => [
    revoke ? `${what}: no longer waived.` : `${what} waived: no longer counted as needing a person.`,
  ]);
}

function queryOf({ table, reason, group, waived, open }: Filter): Record<string, string> {
  const state = waived === true ? 'true' : open === true ? 'false' : undefined;
  const given = Object.entries({ table, reason, group, waived: state });
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function pathOf(accountId: string, what = ''): string {
  return `/v2/migrations/${encodeURIComponent(accountId)}/quarantine${what}`;
}
