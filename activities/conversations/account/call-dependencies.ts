import type { Clock } from '../../../domain/engine/clock.js';
import type { CarrierClient } from '../../../gateways/carrier/client.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { Follow } from '../streams/index.js';
import type { WorkflowControl } from '../../../gateways/temporal/workflow-control.js';

/** What the activities of the task queue `calls` need. */
export interface CallDependencies {
  readonly store: Store;
  readonly conversations: ConversationsClient;
  readonly carrier: CarrierClient;
  readonly workflows: Pick<WorkflowControl, 'start'>;
  readonly follow: Follow;
  /** The API's address as the carrier reaches it: PUBLIC_URL. */
  readonly publicUrl: string;
  /** Days before the first start whose messages count as `recent`. */
  readonly recentDays: number;
  /** Seconds without news after which the carrier is polled for the first time. */
  readonly portingPollSeconds: number;
  readonly clock: Clock;
  readonly logger: CallLogger;
}

export interface CallLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
