/** Signals, queries and results that only conversations' workflows have. */

import type { FailureType } from '../engine/failures.js';
import type { OperationSignals } from './operations.js';
import type { PortingState } from './porting.js';

export const PORTING_SIGNALS = {
  /** The carrier has called back, and with that the port has ended. The store knows already. */
  portingNews: 'porting-news',
  /** An operator wants a port that has failed ordered again; the store says under which key. */
  orderAgain: 'order-again',
} as const;

export type PortingNewsSignal = PortingState;

export interface OrderAgainSignal {
  readonly channelId: string;
}

/** What the store has the workflows of conversations told, beside what every kind has. */
export interface ConversationsSignals extends OperationSignals {
  readonly 'porting-news': PortingNewsSignal;
  readonly 'order-again': OrderAgainSignal;
}

export interface NumberPortingInput {
  readonly accountId: string;
  readonly channelId: string;
}

export interface PortingProgress {
  /** Left out while the port is under way: how it stands then is in the store. */
  readonly ended?: PortingState;
}

export interface AttachmentCounts {
  /** Left out while nobody has looked. */
  readonly left?: number;
  /** Why fetching has been given up for this run. */
  readonly trouble?: FailureType;
}
