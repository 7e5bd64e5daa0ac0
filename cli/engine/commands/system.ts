import type { Static } from 'typebox';
import type { SystemView } from '../../../api/engine/schemas/system.js';
import type { ApiClient } from '../api/client.js';
import type { Printer } from '../terminal/output.js';
import { table } from '../terminal/table.js';
import { oneLine } from '../terminal/words.js';

/** Prints which workers poll which queues, how much waits there, and what cannot be reached. */
export async function system(api: ApiClient, printer: Printer): Promise<void> {
  const found = await api.get<Static<typeof SystemView>>('/v2/system');
  const { api: its, unreachable, workers, queues } = found;
  await printer.show(found, () => [
    `API ${its.version}${unreachable.length === 0 ? '' : `; not reached: ${unreachable.join(', ')}`}`,
    '',
    ...table(
      ['QUEUE', 'BACKLOG', 'OLDEST', 'WORKERS'],
      queues.map(({ queue, backlog, oldest_seconds: oldest }) => [
        queue,
        backlog === null ? '' : String(backlog),
        oldest === null ? '' : `${oldest}s`,
        String(workers.filter((worker) => worker.queue === queue).length),
      ]),
      printer.width,
    ),
    ...(workers.length === 0 ? ['', 'No worker polls. Start one with: npm run worker'] : ['']),
    ...(workers.length === 0
      ? []
      : table(
          ['QUEUE', 'WORKER', 'VERSION'],
          workers.map(({ queue, identity, version }) => [queue, oneLine(identity), version ?? '']),
          printer.width,
        )),
  ]);
}
