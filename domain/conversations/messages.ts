/** Signals, queries and results that only conversations' workflows have. */

import type { FailureType } from '../engine/failures/failures.js';
import type { OperationSignals } from './operations.js';
import type { PortingState } from './porting.js';

export const PORTING_SIGNALS = {
  /** A callback of the carrier has ended the port. The store already has it. */
  portingNews: 'porting-news',
  /** An operator requested a new order for a failed port. The store has its new key. */
  orderAgain: 'order-again',
} as const;

export type PortingNewsSignal = PortingState;

export interface OrderAgainSignal {
  readonly channelId: string;
}

/** Signals of the outbox that only conversations' workflows have. */
export interface ConversationsSignals extends OperationSignals {
  readonly 'porting-news': PortingNewsSignal;
  readonly 'order-again': OrderAgainSignal;
}

export interface NumberPortingInput {
  readonly accountId: string;
  readonly channelId: string;
}

export interface PreflightInput {
  readonly accountId: string;
}

export interface PortingProgress {
  /** Undefined while the port is open: its status is in the store. */
  readonly ended?: PortingState;
}

export interface AttachmentCounts {
  /** Undefined until they are counted. */
  readonly left?: number;
  /** Why fetching stopped for this run. */
  readonly trouble?: FailureType;
}
