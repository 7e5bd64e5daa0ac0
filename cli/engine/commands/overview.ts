import type { Static } from 'typebox';
import type {
  AllMigrationsPage,
  SummaryView,
  TimelineView,
  UnitsView,
} from '../../../api/engine/schemas/overview.js';
import type { ApiClient } from '../api/client.js';
import type { KindAtApi, Listing } from '../command-line.js';
import type { Printer } from '../terminal/output.js';
import { moreThan, readPages } from '../api/pages.js';
import { table } from '../terminal/table.js';
import { count, moment, oneLine, rateInWords } from '../terminal/words.js';

export interface OverviewCommand extends Listing {
  readonly phase?: string;
  readonly q?: string;
  readonly needsAttention?: true;
}

/** Prints how many migrations there are of each status, of all kinds. */
export async function summary(api: ApiClient, printer: Printer): Promise<void> {
  const found = await api.get<Static<typeof SummaryView>>('/v2/summary');
  const { running, waiting, failed, paused, done_today: done, rate, by_status: byStatus } = found;
  await printer.show(found, () => [
    `${running} running, ${waiting} waiting, ${paused} paused, ${failed} failed, ${done} done today; ${rateInWords(rate)}`,
    ...(byStatus.length === 0 ? [] : ['']),
    ...(byStatus.length === 0
      ? []
      : table(
          ['KIND', 'STATUS', 'MIGRATIONS'],
          byStatus.map((each) => [each.kind, each.status, count(each.count)]),
          printer.width,
        )),
  ]);
}

/** Prints the migrations of all kinds, the latest change first. */
export async function overview(api: ApiClient, command: OverviewCommand, printer: Printer): Promise<void> {
  const { limit, phase, q, needsAttention } = command;
  const query = { phase, q, needs_attention: needsAttention ? 'true' : undefined };
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Static<typeof AllMigrationsPage>>('/v2/all-migrations', { ...query, ...wish }),
    ({ migrations }) => migrations,
  );
  await printer.show(found, () => {
    if (found.length === 0) return ['There is no such migration.'];
    const rows = found.map((each) => [
      each.kind,
      each.key,
      each.status,
      each.phase,
      each.needs_attention ? 'yes' : '',
      moment(each.changed_at),
      oneLine(each.name),
    ]);
    const heads = ['KIND', 'KEY', 'STATUS', 'PHASE', 'NEEDS YOU', 'CHANGED', 'NAME'];
    return [...table(heads, rows, printer.width), ...(more ? [moreThan(limit)] : [])];
  });
}

/** Prints a migration's units, each with its phases. */
export async function units({ api, kind }: KindAtApi, key: string, printer: Printer): Promise<void> {
  const path = `/v2/kinds/${kind.name}/migrations/${encodeURIComponent(key)}/units`;
  const { units: found } = await api.get<Static<typeof UnitsView>>(path);
  await printer.show(found, () => {
    if (found.length === 0) return [`The migration of ${key} has no units yet.`];
    const rows = found.flatMap((unit) =>
      (unit.phases.length === 0 ? [undefined] : unit.phases).map((phase) => [
        unit.unit,
        unit.status,
        phase?.phase ?? '',
        phase?.status ?? '',
        phase === undefined ? '' : `${count(phase.done)} / ~${count(phase.planned)}`,
        String(unit.failures || ''),
        oneLine(unit.name),
      ]),
    );
    return table(['UNIT', 'STATUS', 'PHASE', 'STEP', 'DONE', 'FAILURES', 'NAME'], rows, printer.width);
  });
}

/** Prints the events of a migration, newest first. */
export async function timeline(
  { api, kind }: KindAtApi,
  key: string,
  { limit }: Listing,
  printer: Printer,
): Promise<void> {
  const path = `/v2/kinds/${kind.name}/migrations/${encodeURIComponent(key)}/timeline`;
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<Static<typeof TimelineView>>(path, { ...wish }),
    ({ events }) => events,
  );
  await printer.show(found, () => {
    if (found.length === 0) return [`Nothing has happened to ${key} yet.`];
    const rows = found.map(({ at, what, by, unit, detail }) => [
      moment(at),
      oneLine(what),
      oneLine(by ?? ''),
      unit ?? '',
      oneLine(detail ?? ''),
    ]);
    const heads = ['WHEN', 'WHAT', 'BY', 'UNIT', 'DETAILS'];
    return [...table(heads, rows, printer.width), ...(more ? [moreThan(limit)] : [])];
  });
}
