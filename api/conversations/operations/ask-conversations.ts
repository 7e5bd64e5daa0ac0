import { CarryoverError, type Failure } from '../../../domain/engine/failures/failures.js';
import { mustBeMigratable, mustBeOpen } from '../../../domain/conversations/migratable.js';
import type { MigrationPayload, SourceAccount } from '../../../domain/conversations/payload.js';
import type { ConversationsClient } from '../../../gateways/conversations/client.js';
import { Problem, unknownAccount } from '../../http/problems.js';
import { within } from '../../http/within.js';
import type { BoundedConversations } from './bounded-conversations.js';

export interface PayloadAnswer {
  /** Undefined if Conversations has none. */
  readonly payload?: MigrationPayload | undefined;
  /** Why the answer is not a valid payload. */
  readonly impossible?: Failure;
}

/** Fetches the account's payload. Throws as the Conversations client does if it cannot be reached. */
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

/** Finds what makes a migration of the account impossible: it is closed, or its payload is invalid. Undefined if nothing known does. */
export function findMigrationBlocker(
  source: SourceAccount,
  answer: PayloadAnswer | undefined,
): Failure | undefined {
  try {
    mustBeOpen(source);
    if (answer?.payload !== undefined) mustBeMigratable(answer.payload);
    return answer?.impossible;
  } catch (error) {
    return failureOf(error, 'AccountClosed', 'PayloadImpossible');
  }
}

/** Asks Conversations, then finds the blocker. Throws Problem 404 if Conversations does not know the account. */
export async function askForMigrationBlocker(
  conversations: ConversationsClient,
  accountId: string,
): Promise<Failure | undefined> {
  const source = await conversations.getAccount(accountId);
  if (source === undefined) throw unknownAccount();
  const answer = source.status === 'closed' ? undefined : await fetchPayload(conversations, source);
  return findMigrationBlocker(source, answer);
}

/** A start answers at once: what Conversations does not answer in this time, the workflow finds out. */
const WAIT_MS = 1_000;

/** The answer, if it comes in time; undefined if it does not, if too many requests wait, or if Conversations cannot be reached. Throws Problems. */
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
