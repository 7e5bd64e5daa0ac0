import type { Order } from './task-queue.js';

export interface Policy extends Order {
  readonly name: string;
  /** Whether recent messages of polled accounts go before those of accounts that nobody waits for. */
  readonly polledFirst: boolean;
}

export const POLICIES = [
  { name: 'first come, first served', byPriority: false, fair: false, polledFirst: false },
  { name: 'priority', byPriority: true, fair: false, polledFirst: false },
  { name: 'priority and fairness', byPriority: true, fair: true, polledFirst: false },
  { name: 'priority, fairness, polled first', byPriority: true, fair: true, polledFirst: true },
] as const satisfies readonly Policy[];

/** The priorities of `workflows/engine/activities.ts`, plus one for recent messages that nobody waits for. */
export const PRIORITY = { call: 1, recent: 2, unawaited: 3, remaining: 4 } as const;
