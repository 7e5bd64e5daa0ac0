import type { Logger } from 'pino';
import type { KindName } from '../domain/kinds.js';
import { conversationsKind } from './conversations/kind.js';
import type { KindDependencies } from './conversations/kind.js';
import type { ActivityKind } from './engine/kind.js';
import { inboxKind } from './inbox/kind.js';
import type { InboxTarget } from './inbox/passes.js';

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
