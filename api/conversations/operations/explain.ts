import type { ExplainWords, OwnFacts, OwnWait } from '../../../domain/engine/explain/facts.js';
import { counted } from '../../../domain/engine/explain/moments.js';
import { carryoverCommand } from '../../../domain/engine/failures/commands.js';
import { describeRetry } from '../../../domain/conversations/retries.js';
import { WORDS } from '../../../domain/conversations/migration.js';
import {
  type AccountExplainFacts,
  readAccountExplainFacts,
} from '../../../gateways/store/conversations/status/explain-facts.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import type { ExplainedKind } from '../../engine/kind.js';
import { unknownAccount } from '../../http/problems.js';

const EXPLAIN_WORDS: ExplainWords = {
  ...WORDS,
  units: 'brands',
  records: 'messages',
  source: 'Conversations',
  others: "the store's users",
  doing: (work) => describeRetry({ ...work, unit: null, tasks: 1 }),
  command: carryoverCommand,
};

/** How to explain what migrations of accounts wait for. */
export function explainedAccounts(store: Store): ExplainedKind {
  return {
    words: EXPLAIN_WORDS,
    async read(accountId, status) {
      const facts = await readAccountExplainFacts(store.pool, accountId);
      if (facts === undefined) throw unknownAccount();
      return { outcome: outcomeOf(status), failures: facts.failures, waits: waitsOf(accountId, facts) };
    },
  };
}

function outcomeOf(status: string): OwnFacts['outcome'] {
  if (status === 'all-messages-migrated') return 'done';
  return status === 'none' || status === 'pending' ? 'none' : 'open';
}

function waitsOf(accountId: string, { openPorts, failedPorts, catchingUp }: AccountExplainFacts): OwnWait[] {
  const waits: OwnWait[] = [];
  if (failedPorts.count > 0)
    waits.push({
      reason: 'failed',
      what: `${counted(failedPorts.count, 'number')} could not be ported`,
      since: failedPorts.since?.toISOString() ?? null,
      nextStep: `See the carrier's reasons: ${carryoverCommand('failures', accountId, '--only', 'porting')}`,
    });
  if (openPorts.count > 0)
    waits.push({
      reason: 'carrier',
      what: `${counted(openPorts.count, 'number')} ${openPorts.count === 1 ? 'has' : 'have'} waited for the carrier`,
      since: openPorts.since?.toISOString() ?? null,
      nextStep: `Wait for the carrier, which may take weeks. The state of each order: ${carryoverCommand('status', accountId)}`,
    });
  if (catchingUp > 0)
    waits.push({
      reason: 'catching-up',
      what: `the last messages of ${counted(catchingUp, 'ported number')} are being brought`,
      since: null,
      nextStep: 'Nothing to do: it takes ten minutes at most.',
    });
  return waits;
}
