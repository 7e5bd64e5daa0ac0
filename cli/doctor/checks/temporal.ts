import { TASK_QUEUES } from '../../../domain/engine/ids.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { type AskedQueue, unpolledQueues } from '../../../gateways/temporal/pollers.js';
import { type Check, ok, wrong } from '../check.js';

const QUEUES: readonly AskedQueue[] = [
  { queue: TASK_QUEUES.workflows, sort: 'workflows' },
  { queue: TASK_QUEUES.calls, sort: 'activities' },
  { queue: TASK_QUEUES.imports, sort: 'activities' },
  { queue: TASK_QUEUES.following, sort: 'activities' },
];

/** The server, the namespace and its search attributes; then whether workers poll the queues. */
export const temporal: Check = {
  name: 'temporal',
  advice: 'Check TEMPORAL_ADDRESS, and that the server runs.',
  async run({ environment, timeoutMs }) {
    const client = openTemporal({ environment });
    try {
      await client.ping(timeoutMs);
    } finally {
      await client.close();
    }
    const usable = ok(`The namespace ${client.namespace} has all search attributes.`);
    const unpolled = await unpolledQueues({ environment }, QUEUES, timeoutMs);
    if (unpolled.length === 0) return [usable, ok('Workers poll all task queues.')];
    const names = unpolled.map(({ queue }) => queue).join(', ');
    return [
      usable,
      wrong(`No worker polls ${names}: migrations wait.`, 'Start a worker with: npm run worker'),
    ];
  },
};
