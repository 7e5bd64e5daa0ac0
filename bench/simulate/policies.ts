import type { Order } from './task-queue.js';

export interface Policy extends Order {
  readonly name: string;
  /** Recent messages of an account that is polled go before those of one that nobody waits for. */
  readonly polledFirst: boolean;
}

export const POLICIES = [
  { name: 'first come, first served', byPriority: false, fair: false, polledFirst: false },
  { name: 'priority', byPriority: true, fair: false, polledFirst: false },
  { name: 'priority and fairness', byPriority: true, fair: true, polledFirst: false },
  { name: 'priority, fairness, polled first', byPriority: true, fair: true, polledFirst: true },
] as const satisfies readonly Policy[];

/** Those of `workflows/engine/activities.ts`, with recent messages that nobody waits for in between. */
export const PRIORITY = { call: 1, recent: 2, unawaited: 3, remaining: 4 } as const;
