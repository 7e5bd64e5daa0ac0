import type { TemporalFacts, WorkflowFact } from '../../../../domain/engine/explain/facts.js';
import type { Explained } from './explain.js';

/** The API's answer. */
export function explanationView({ waiting, reason, sentence, since, nextStep, waits, facts }: Explained) {
  const { kind, key, now, store, temporal, rate } = facts;
  const { paused, cancelled, resetting } = store.steering;
  return {
    kind,
    key,
    waiting,
    reason,
    sentence,
    since,
    next_step: nextStep,
    facts: {
      at: now,
      status: store.status,
      paused: paused ?? null,
      cancelled: cancelled ?? null,
      resetting: resetting ?? null,
      rate_per_second: rate,
      waits: waits.map(({ nextStep: step, clause, left, ...wait }) => ({
        ...wait,
        what: clause,
        next_step: step,
        records_left: left,
      })),
      undelivered: store.undelivered.map(({ nextTryAt, ...message }) => ({
        ...message,
        next_try_at: nextTryAt,
      })),
      temporal: temporalView(temporal),
    },
  };
}

function temporalView(temporal: TemporalFacts) {
  if (!temporal.answers) return { answers: false, why: temporal.why, workflow: null, units: [], queues: [] };
  const { workflow, units, queues } = temporal;
  return {
    answers: true,
    why: null,
    workflow: workflow && workflowView(workflow),
    units: units.map((unit) => ({ unit: unit.unit, ...workflowView(unit) })),
    queues: queues.map(({ polledAt, dispatchRate, ...queue }) => ({
      ...queue,
      polled_at: polledAt,
      dispatched_per_second: dispatchRate,
    })),
  };
}

function workflowView({ id, status, closedAt, queue, untakenSince, activities }: WorkflowFact) {
  return {
    workflow_id: id,
    status,
    closed_at: closedAt,
    queue,
    untaken_since: untakenSince,
    activities: activities.map(({ nextTryAt, heartbeatAt, failureType, ...activity }) => ({
      ...activity,
      next_try_at: nextTryAt,
      heartbeat_at: heartbeatAt,
      failure_type: failureType,
    })),
  };
}
