import { v5 as uuidv5 } from 'uuid';

/** The namespace of session ids. */
const SESSIONS = '6f9d0f6e-3c1b-5d5a-9a57-2f0b7f6f2b11';

/** A user has one session, however often it is migrated. @param userId in lower case, as PostgreSQL writes it */
export function sessionIdOf(userId: string): string {
  return `session-${uuidv5(userId, SESSIONS)}`;
}

/** One row of the log for each outcome that a migration has for a user, however often a batch is repeated. */
export function logIdOf(
  migrationId: string,
  userId: string,
  outcome: 'completed' | 'failed' | 'rolled_back',
): string {
  return uuidv5(`${migrationId}/${userId}/${outcome}`, SESSIONS);
}
