import type { Clock } from '../../../domain/engine/clock.js';
import { countStatuses } from '../../../gateways/store/migrations/status-counts.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { readOpenPhases } from '../../../gateways/store/work/open-phases.js';
import type { KnownKinds } from '../known-kinds.js';
import { ListWatch } from './list-watch.js';
import { RunningWork } from './running-work.js';
import { Summaries } from './summary.js';

/** Computed once for everyone who watches the migrations of all kinds. */
export function overviewOf({ pool, control }: Store, { all: kinds }: Pick<KnownKinds, 'all'>, clock: Clock) {
  const importing = kinds.map((kind) => ({
    kind: kind.name,
    statuses: kind.statuses.filter((status) => kind.standing(status) === 'running'),
    stage: kind.countedStage ?? null,
  }));
  const work = new RunningWork({
    clock,
    read: async () => {
      const own = kinds.map((kind) => kind.openWork?.() ?? []);
      return (await Promise.all([readOpenPhases(pool, importing), ...own])).flat();
    },
    phasesOf: (name) => kinds.find((kind) => kind.name === name)?.phases.length ?? 0,
  });
  const names = kinds.map(({ name }) => name);
  // The control plane's connections may read whole tables, as counting does.
  const count = (since: Date) => countStatuses(control, names, since);
  const summaries = new Summaries({ clock, kinds, work, count });
  const watch = new ListWatch({ clock, summary: () => summaries.read(), work: () => work.look() });
  return { work, summaries, watch };
}
