/**
 * Activities as workflows call them. All timeouts, retries, priorities and fairness keys are defined here; a kind chooses a profile and a summary for
 * the Web UI.
 *
 * WAIT_CANCELLATION_COMPLETED everywhere: a workflow that cancels an activity waits for its end, so it never continues or closes while one still
 * writes.
 */

import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import type { PhaseOfKind } from './kind.js';

const CALL = {
  taskQueue: TASK_QUEUES.calls,
  startToCloseTimeout: '1 minute',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  /** Retries without limit while the other side is unavailable. */
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
} satisfies ActivityOptions;

const LANE = {
  ...CALL,
  taskQueue: TASK_QUEUES.imports,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
} satisfies ActivityOptions;

/** A person waits: after about five minutes of failures the work is reported as failed. */
const AWAITED = { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 12 } as const;

/**
 * Nobody waits: gives up after about four hours. Attempts are counted for each call, and each finished lane starts a new count, so only attempts
 * without progress add up. A deploy uses one attempt.
 */
const UNHURRIED = { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 60 } as const;

const PROFILES = {
  /** A short call that is retried until the other side is available. */
  call: CALL,
  /** A short call that a person waits for. */
  awaitedCall: { ...CALL, startToCloseTimeout: '30 seconds', retry: AWAITED },
  /** Somebody holds a request open for the answer, and asks again if there is none. */
  asked: {
    ...CALL,
    startToCloseTimeout: '30 seconds',
    scheduleToCloseTimeout: '40 seconds',
    retry: { initialInterval: '1 second', maximumAttempts: 2 },
  },
  /** Like `awaitedCall`, for thousands of items. */
  awaitedBatch: { ...CALL, startToCloseTimeout: '2 minutes', retry: AWAITED },
  /** Like `awaitedCall`, for thousands of items at another service. */
  awaitedStarts: {
    ...CALL,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '30 seconds',
    retry: AWAITED,
  },
  /** The store must record how work ended, but a store that fails for a day must not keep the run open. */
  record: { ...CALL, retry: { ...CALL.retry, maximumAttempts: 1_440 } },
  /** Another company's service, which may be unavailable or reject our token for days. */
  partner: { ...CALL, retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' } },
  /** Gives up after about a day, when the next daily run follows. */
  daily: { ...CALL, retry: { ...CALL.retry, maximumInterval: '10 minutes', maximumAttempts: 100 } },
  /** Minutes of work with heartbeats. */
  awaitedLane: { ...LANE, retry: AWAITED },
  lane: { ...LANE, retry: UNHURRIED },
  /** Work that an operator requested and that must finish, however long the other side is unavailable. */
  patientLane: LANE,
  /** A second of work that must finish, and continues soon after the external system is available again. */
  batch: {
    ...LANE,
    heartbeatTimeout: '20 seconds',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' },
  },
  /**
   * Waits for changes as long as any are possible; the call itself retries an unavailable source. Its heartbeats, one a minute, are most of its cost:
   * Temporal Cloud bills each.
   */
  follower: {
    ...CALL,
    taskQueue: TASK_QUEUES.following,
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: '90 seconds',
  },
  /** Checking a giant unit is a single step; its heartbeats show that it is alive. */
  awaitedCheck: { ...LANE, startToCloseTimeout: '2 hours', retry: AWAITED },
  check: { ...LANE, startToCloseTimeout: '2 hours', retry: UNHURRIED },
} satisfies Record<string, ActivityOptions>;

type Profile = keyof typeof PROFILES;

/** Within a task queue smaller numbers go first; `normal` is Temporal's default. */
const PRIORITIES = { call: 1, awaited: 2, normal: 3, later: 4, background: 5 } as const;
type Priority = keyof typeof PRIORITIES;

/** The activities `A` of one subject. Each summary appears beside the call in the Web UI. */
export class ActivityProxies<A> {
  readonly #fairnessKey: string;

  constructor(subject: string) {
    this.#fairnessKey = fairnessKey(subject);
  }

  /** By default short calls go first, and work of minutes is `normal`. */
  with(profile: Profile, summary: string, priority?: Priority): Activities<A> {
    const options: ActivityOptions = PROFILES[profile];
    const usual: Priority = options.taskQueue === TASK_QUEUES.calls ? 'call' : 'normal';
    return proxyActivities<A>({
      ...options,
      summary,
      priority: { priorityKey: PRIORITIES[priority ?? usual], fairnessKey: this.#fairnessKey },
    });
  }

  /** `awaited`: a user of the subject is watching right now. */
  lane(phase: PhaseOfKind, awaited: boolean, summary: string): Activities<A> {
    return this.with(phase.awaited ? 'awaitedLane' : 'lane', summary, priorityOf(phase, awaited));
  }

  check(phase: PhaseOfKind, awaited: boolean, summary: string): Activities<A> {
    return this.with(phase.awaited ? 'awaitedCheck' : 'check', summary, priorityOf(phase, awaited));
  }
}

type Activities<A> = ReturnType<typeof proxyActivities<A>>;

/** Subjects whose users are watching go before those that nobody waits for. */
function priorityOf(phase: PhaseOfKind, awaited: boolean): Priority {
  if (!phase.awaited) return 'later';
  return awaited ? 'awaited' : 'normal';
}

/** Temporal's limit for a fairness key, in bytes. */
const FAIRNESS_KEY_LIMIT = 64;

/**
 * Tasks are dispatched in turn between fairness keys, so no subject starves another. An id that is too long is cut; two subjects that then have the
 * same key share a turn.
 */
function fairnessKey(subject: string): string {
  let bytes = 0;
  let key = '';
  for (const character of subject) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > FAIRNESS_KEY_LIMIT) break;
    key += character;
  }
  return key;
}
