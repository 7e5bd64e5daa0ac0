import { Type } from 'typebox';
import { Named, Time, oneOf } from '../../schemas/common.js';

const Maybe = Type.Union([Time, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

export const SystemView = Named('System', {
  api: Named('SystemApi', { version: Type.String(), started_at: Time }),
  unreachable: Type.Array(oneOf(['store', 'temporal']), {
    description: 'Systems that did not answer; their data is missing here.',
  }),
  workers: Type.Array(
    Named('SystemWorker', {
      queue: Type.String(),
      identity: Type.String(),
      version: Type.Union([Type.String(), Type.Null()], { description: 'The build that it names.' }),
      last_access: Maybe,
    }),
    { description: 'Workers that have polled for work within the last minutes.' },
  ),
  queues: Type.Array(
    Named('SystemQueue', {
      queue: Type.String(),
      kind: oneOf(['workflow', 'activity']),
      backlog: Type.Union([Count, Type.Null()], { description: 'About how many tasks wait.' }),
      oldest_seconds: Type.Union([Count, Type.Null()]),
    }),
  ),
  store: Type.Union([
    Named('SystemStore', {
      version: Type.String(),
      migrations_pending: Count,
      connections: Count,
      replicas: Type.Array(
        Named('SystemReplica', {
          name: Type.String(),
          lag_seconds: Type.Union([Type.Number(), Type.Null()]),
        }),
      ),
      size_bytes: Count,
    }),
    Type.Null(),
  ]),
  schedules: Type.Array(
    Named('SystemSchedule', { id: Type.String(), next: Maybe, last: Maybe, paused: Type.Boolean() }),
  ),
  deployments: Type.Array(
    Named('SystemDeployment', {
      name: Type.String(),
      version: Type.Union([Type.String(), Type.Null()]),
      created_at: Maybe,
    }),
  ),
});
