import { CarryoverError, type Failure } from '../../../domain/engine/failures.js';
import { mustBeMigratable, mustBeOpen } from '../../../domain/conversations/migratable.js';
import type { MigrationPayload, SourceAccount } from '../../../domain/conversations/payload.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';
import { Problem, unknownAccount } from '../../problems.js';
import { within } from '../../within.js';
import type { BoundedConversations } from './bounded-conversations.js';

export interface PayloadAnswer {
  /** Undefined when Conversations has none. */
  readonly payload?: MigrationPayload | undefined;
  /** What it gave is no payload: why. */
  readonly impossible?: Failure;
}

/** Throws what Conversations throws when it cannot be asked. */
export async function fetchPayload(
  conversations: ConversationsClient,
  { account_id: accountId }: SourceAccount,
): Promise<PayloadAnswer> {
  try {
    return { payload: await conversations.getMigrationPayload(accountId) };
  } catch (error) {
    return { impossible: failureOf(error, 'PayloadImpossible') };
  }
}

/** What makes a migration of the account impossible: it is closed, or its payload cannot be one. Undefined where nothing is known that does. */
export function whatIsWrong(source: SourceAccount, answer: PayloadAnswer | undefined): Failure | undefined {
  try {
    mustBeOpen(source);
    if (answer?.payload !== undefined) mustBeMigratable(answer.payload);
    return answer?.impossible;
  } catch (error) {
    return failureOf(error, 'AccountClosed', 'PayloadImpossible');
  }
}

/** The same, asked anew. Throws Problem 404 when Conversations does not know the account. */
export async function askWhatIsWrong(
  conversations: ConversationsClient,
  accountId: string,
): Promise<Failure | undefined> {
  const source = await conversations.getAccount(accountId);
  if (source === undefined) throw unknownAccount();
  const answer = source.status === 'closed' ? undefined : await fetchPayload(conversations, source);
  return whatIsWrong(source, answer);
}

/** A start is answered at once: what Conversations does not tell this soon the work finds out. */
const WAIT_MS = 1_000;

/** What was answered in time; undefined where nothing was, where too much is being asked, or nobody could be asked. Throws Problems. */
export async function promptly<Answer>(
  { isBusy, clock }: BoundedConversations,
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  if (isBusy) return undefined;
  const answer = ask().catch((error: unknown) => {
    if (error instanceof Problem) throw error;
    return undefined;
  });
  return within(clock, WAIT_MS, answer, undefined);
}

function failureOf(error: unknown, ...expected: Failure['type'][]): Failure {
  if (!(error instanceof CarryoverError) || !expected.includes(error.type)) throw error;
  return { type: error.type, message: error.message };
}
