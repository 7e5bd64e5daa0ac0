import { Type } from 'typebox';
import { REASONS } from '../../../domain/engine/explain/waits.js';
import { Named, Time, oneOf } from '../../schemas/common.js';

const MaybeTime = Type.Union([Time, Type.Null()]);
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const SteeredBy = Type.Union([Named('SteeredBy', { by: Type.String(), since: Type.String() }), Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Reason = oneOf(REASONS, { description: 'docs/operators.md says what each means, and what to do.' });

const WORKFLOW = {
  workflow_id: Type.String(),
  status: Type.String({ examples: ['running'] }),
  closed_at: MaybeTime,
  queue: Type.String(),
  untaken_since: Type.Union([Time, Type.Null()], { description: 'A workflow task waits for a worker.' }),
  activities: Type.Array(
    Named('ExplainedActivity', {
      activity: Type.String(),
      state: oneOf(['waiting', 'backing-off', 'running']),
      queue: Type.String(),
      attempt: Type.Integer({ minimum: 1 }),
      since: Type.String(),
      next_try_at: MaybeTime,
      heartbeat_at: MaybeTime,
      failure_type: MaybeText,
      worker: MaybeText,
    }),
  ),
};

/** Why a migration waits, for any kind. */
export const ExplanationView = Named(
  'Explanation',
  {
    kind: Type.String(),
    key: Type.String(),
    waiting: Type.Boolean(),
    reason: Reason,
    sentence: Type.String({ description: 'One sentence for people.' }),
    since: MaybeTime,
    next_step: Type.Union([Type.String(), Type.Null()], { description: 'What to do; null if nothing.' }),
    facts: Named('ExplanationFacts', {
      at: Time,
      status: Type.String({ description: "One of the kind's statuses." }),
      paused: SteeredBy,
      cancelled: SteeredBy,
      resetting: SteeredBy,
      rate_per_second: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
        description: 'Records read a second; null if none are read.',
      }),
      waits: Type.Array(
        Named('ExplainedWait', {
          reason: Reason,
          unit: Type.Union([Type.String(), Type.Null()], { description: 'Null for the whole migration.' }),
          since: MaybeTime,
          what: Type.String(),
          next_step: MaybeText,
          records_left: Type.Integer({ minimum: 0, description: 'About how many records it blocks.' }),
          details: Type.Record(
            Type.String(),
            Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
          ),
        }),
        { description: 'All reasons found; the sentence states the first.' },
      ),
      undelivered: Type.Array(
        Named('UndeliveredMessage', { signal: Type.String(), since: Time, tries: Count, next_try_at: Time }),
        { description: 'Messages that Temporal does not have yet, oldest first.' },
      ),
      temporal: Named('ExplainedByTemporal', {
        answers: Type.Boolean({ description: 'If false, the whole answer comes from the store.' }),
        why: Type.Union([Type.String(), Type.Null()], { description: 'Why it does not answer.' }),
        workflow: Type.Union([Named('ExplainedWorkflow', WORKFLOW), Type.Null()]),
        units: Type.Array(Named('ExplainedUnit', { unit: Type.String(), ...WORKFLOW })),
        queues: Type.Array(
          Named('ExplainedQueue', {
            queue: Type.String(),
            type: oneOf(['workflow', 'activity']),
            polled_at: Type.Union([Time, Type.Null()], {
              description: 'When a worker last polled for a task; null if none did for five minutes.',
            }),
            workers: Count,
            backlog: Count,
            dispatched_per_second: Type.Number({ minimum: 0 }),
          }),
        ),
      }),
    }),
  },
  { description: 'Why a migration waits, or that it does not.' },
);
