import type { Clock } from '../../../domain/engine/clock.js';
import type { CarrierClient } from '../../../gateways/carrier/client.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { WorkflowControl } from '../../../gateways/temporal/workflow-control.js';

/** What the short calls need; nothing else reaches them. */
export interface CallDependencies {
  readonly store: Store;
  readonly conversations: ConversationsClient;
  readonly carrier: CarrierClient;
  readonly workflows: Pick<WorkflowControl, 'followPorts'>;
  /** Where the carrier reaches this API, PUBLIC_URL. */
  readonly publicUrl: string;
  /** How far back 'recent' reaches from the first start, in days. */
  readonly recentDays: number;
  /** After how long a carrier that has said nothing is asked for the first time. */
  readonly portingPollSeconds: number;
  readonly clock: Clock;
  readonly logger: CallLogger;
}

export interface CallLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
