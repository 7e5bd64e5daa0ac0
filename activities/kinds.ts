import type { Logger } from 'pino';
import type { KindName } from '../domain/kinds.js';
import type { Pool } from '../gateways/store/sql/transaction.js';
import { conversationsAlerts } from './conversations/alerts.js';
import { conversationsKind } from './conversations/kind.js';
import type { KindDependencies } from './conversations/kind.js';
import type { AlertSource } from './engine/alert-source.js';
import type { ActivityKind } from './engine/kind.js';
import { inboxAlerts } from './inbox/alerts.js';
import { inboxKind } from './inbox/kind.js';
import type { InboxTarget } from './inbox/passes.js';
import { onboardingAlerts } from './onboarding/alerts.js';

type Dependencies = KindDependencies & {
  /** Undefined if the kind `inbox` is off. */
  readonly inbox?: InboxTarget | undefined;
  readonly logger: Pick<Logger, 'info'>;
};

/** Registers the kinds whose units go through the engine's lanes, without those that are off; `onboarding` has batches of its own. */
export function createKinds({
  inbox,
  ...dependencies
}: Dependencies): Readonly<Record<Exclude<KindName, 'onboarding'>, ActivityKind | undefined>> {
  const { store, code, logger } = dependencies;
  return {
    conversations: conversationsKind(dependencies),
    inbox: inbox && inboxKind({ ...inbox, store: store.pool, code, log: (line) => logger.info(line) }),
  };
}

export interface AlertSources {
  readonly store: Pool;
  /** Chatwoot's database; undefined if the kind `inbox` is off. */
  readonly chatwoot?: { ready(): Promise<Pool> } | undefined;
  readonly isOnboardingOn: boolean;
  /** The share of records in quarantine, or of failed users, above which it needs a person. */
  readonly percent: number;
}

/** The alert sources of the kinds, without kinds that are off. */
export function createAlertSources({
  store,
  chatwoot,
  isOnboardingOn,
  percent,
}: AlertSources): Readonly<Record<KindName, AlertSource | undefined>> {
  return {
    conversations: conversationsAlerts(store, percent),
    onboarding: isOnboardingOn ? onboardingAlerts(store, percent) : undefined,
    inbox: chatwoot && inboxAlerts(store, chatwoot),
  };
}
