import type { Clock } from '../../domain/engine/clock.js';
import { isAccountIdTooLong } from '../../domain/conversations/ids.js';
import { migrationOf } from '../../domain/conversations/migration.js';
import { CarryoverError, type Failure } from '../../domain/engine/failures/failures.js';
import { readAccountStatuses } from '../../gateways/store/conversations/account/accounts.js';
import { fillInAccount } from '../../gateways/store/conversations/account/fill-in.js';
import { resetUnderWay } from '../../gateways/store/conversations/reset/reset.js';
import { beginStarts } from '../../gateways/store/conversations/status/starts.js';
import { recordRefusedStart } from '../../gateways/store/conversations/status/statuses.js';
import { addAuditEntry } from '../../gateways/store/migrations/audit.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import type { StartedMember } from '../../gateways/store/waves/steps.js';
import type { KindStarts, PreparedStart } from '../engine/kind.js';
import { Problem } from '../http/problems.js';
import { lookUpForStart } from './operations/account-lookup.js';
import type { BoundedConversations } from './operations/bounded-conversations.js';

interface Sources {
  readonly store: Store;
  readonly clock: Clock;
  readonly conversations: BoundedConversations;
}

/** Starts accounts as `start-migration` does, for waves. */
export function startedAccounts({ store, clock, conversations }: Sources): KindStarts {
  return {
    isKey: (text) => text.length <= 1_024 && !isAccountIdTooLong(text),
    async prepare(key) {
      try {
        const statusOf = async (id: string) => (await readAccountStatuses(store, [id])).get(id);
        const { newAccount, blocker } = await lookUpForStart({ store, conversations }, key, statusOf);
        if (newAccount !== undefined) await fillInAccount(store, newAccount.source, newAccount.payload);
        return { key, refused: blocker };
      } catch (error) {
        const refused = refusalOf(error, key);
        if (refused === undefined) throw error;
        return { key, refused, isUnknown: true };
      }
    },
    async begin(tx, starts, actor) {
      const started: StartedMember[] = [];
      const open: PreparedStart[] = [];
      for (const start of starts) {
        const { key, refused, isUnknown } = start;
        if (refused === undefined) open.push(start);
        else if (isUnknown === true) started.push({ key, state: 'refused', failure: refused });
        // As a start that a person asks for: what runs meanwhile, or is being reset, is not refused.
        else if ((await resetUnderWay(tx, key)) || !(await recordRefusedStart(tx, key, refused, { clock })))
          open.push(start);
        else {
          await addAuditEntry(tx, { migration: migrationOf(key), action: 'start', ...actor });
          started.push({ key, state: 'refused', failure: refused });
        }
      }
      const requested = open.map(({ key: accountId }) => ({ accountId, actor }));
      for (const [key, { begun }] of await beginStarts(tx, requested, true, clock))
        started.push({ key, state: begun ? 'running' : 'done' });
      return started;
    },
  };
}

/** A refusal that a later try cannot change. Undefined if the source can be asked again later. */
function refusalOf(error: unknown, accountId: string): Failure | undefined {
  if (error instanceof Problem && error.problem === 'not-found')
    return { type: 'AccountUnknown', message: `Conversations has no account ${accountId}.` };
  if (error instanceof CarryoverError && error.type === 'PayloadImpossible')
    return { type: error.type, message: error.message };
  return undefined;
}
