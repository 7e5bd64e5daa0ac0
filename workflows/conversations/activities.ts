/**
 * The activities as workflows call them, grouped by how patiently each is tried again. Times and tries stand here and nowhere
 * else. WAIT_CANCELLATION_COMPLETED everywhere: a workflow that cancels an activity waits for its end, so that it never goes on, or
 * closes, beside one that still writes. The one exception is a port that is complete: what still follows it can write nothing.
 */

import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ConversationsActivities, Phase } from '../../activities/conversations/types.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';

const CALL = {
  taskQueue: TASK_QUEUES.calls,
  startToCloseTimeout: '1 minute',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} satisfies ActivityOptions;

const IMPORT = {
  taskQueue: TASK_QUEUES.imports,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} satisfies ActivityOptions;

/** The work waits for the other side, however long it is away. */
const PATIENT_CALL = { ...CALL, retry: { initialInterval: '1 second', maximumInterval: '1 minute' } };

/** How something ended must get into the store, but a store that refuses it for a day must not keep a run from its end. */
const RECORD = {
  ...CALL,
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 1_440 },
};

/** A person waits: what does not pass within some five minutes is told as a failure. */
const AWAITED = {
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 12 },
};
const AWAITED_CALL = { ...CALL, startToCloseTimeout: '30 seconds', ...AWAITED };

/** A brand may have thousands of channels, and as many ports. */
const PROVISION = { ...AWAITED_CALL, startToCloseTimeout: '2 minutes' } as const;
const PORTS = { ...AWAITED_CALL, startToCloseTimeout: '10 minutes', heartbeatTimeout: '30 seconds' } as const;

/** The carrier may be away, or refuse our token, for days; a port takes weeks anyway. */
const CARRIER_CALL = { ...CALL, retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' } };

/**
 * Tries are counted for one call, so every lane that comes to its end begins to count anew: it is tries without progress
 * that are bounded. A deploy uses up one of them. Nobody waits for remaining messages: they have about four hours.
 */
const IMPORTS: Record<Phase, typeof IMPORT & Pick<ActivityOptions, 'retry'>> = {
  recent: { ...IMPORT, ...AWAITED },
  remaining: {
    ...IMPORT,
    retry: { initialInterval: '1 second', maximumInterval: '5 minutes', maximumAttempts: 60 },
  },
};

/** Settling and checking a giant brand is one piece of work; its heartbeats tell that it lives. */
const COMPLETING: Pick<ActivityOptions, 'startToCloseTimeout'> = { startToCloseTimeout: '2 hours' };

/** Within a task queue smaller goes first; calls are short and go before all imports. */
const PRIORITY = { call: 1, awaited: 2, recent: 3, remaining: 4, attachments: 5 } as const;

/** Recent messages of an account whose app is polling go before those that nobody waits for. */
function importPriority(phase: Phase, awaited: boolean): number {
  return phase === 'recent' && awaited ? PRIORITY.awaited : PRIORITY[phase];
}

/** What Temporal takes as a fairness key, in bytes. */
const FAIRNESS_KEY_LIMIT = 64;

/**
 * No account starves another: tasks are given out in turn between fairness keys. An id that does not fit is cut; two accounts that
 * then share a key share a turn.
 */
function fairnessKey(accountId: string): string {
  let bytes = 0;
  let key = '';
  for (const character of accountId) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > FAIRNESS_KEY_LIMIT) break;
    key += character;
  }
  return key;
}

/** One function an activity; the summaries are what the Web UI shows beside it. */
export function activitiesOf(accountId: string) {
  const using = (options: ActivityOptions, priorityKey: number, summary: string) =>
    proxyActivities<ConversationsActivities>({
      ...options,
      summary,
      priority: { priorityKey, fairnessKey: fairnessKey(accountId) },
    });
  const call = (options: ActivityOptions, summary: string) => using(options, PRIORITY.call, summary);

  return {
    prepareAccount: () => call(PATIENT_CALL, 'Take the migration payload').prepareAccount({ accountId }),
    recordAccountFailure: call(RECORD, 'Note why the account cannot be migrated').recordAccountFailure,
    recordCancellation: call(RECORD, 'Note that the migration is cancelled').recordCancellation,
    recordBrandFailure: call(RECORD, 'Note why the brand has failed').recordBrandFailure,
    provisionBrand: (brandId: string) =>
      call(PROVISION, 'Make the brand and its channels').provisionBrand({ accountId, brandId }),
    startPorts: (brandId: string) =>
      call(PORTS, 'Start what follows the ports').startPorts({ accountId, brandId }),
    importSlices: (brandId: string, phase: Phase, awaited: boolean) =>
      using(IMPORTS[phase], importPriority(phase, awaited), `Import ${phase} messages`).importSlices({
        accountId,
        brandId,
        phase,
      }),
    completePhase: (brandId: string, phase: Phase, awaited: boolean) =>
      using(
        { ...IMPORTS[phase], ...COMPLETING },
        importPriority(phase, awaited),
        `Settle and check ${phase} messages`,
      ).completePhase({
        accountId,
        brandId,
        phase,
      }),
    fetchAttachments: (brandId: string) =>
      using(IMPORTS.remaining, PRIORITY.attachments, 'Fetch attachments').fetchAttachments({
        accountId,
        brandId,
      }),
    followPort: (channelId: string) =>
      call(CARRIER_CALL, 'Order the port, and ask the carrier until it has ended').followPort({
        accountId,
        channelId,
      }),
  };
}

export type Activities = ReturnType<typeof activitiesOf>;
