import { CarryoverError } from '../../domain/engine/failures/failures.js';

/**
 * Converts an error of a database other than the store to a `TargetUnavailable` that names the database. Returns other errors unchanged.
 *
 * @param name as used in messages: `the onboarding database (ONBOARDING_DATABASE_URL)`
 */
export function targetError(error: unknown, name: string): unknown {
  if (!(error instanceof CarryoverError) || !isOfDatabase(error)) return error;
  const what = /\(([^)]*)\)/.exec(error.message)?.[1] ?? 'it does not answer';
  const message = `${name.charAt(0).toUpperCase()}${name.slice(1)} cannot be used: ${what}.`;
  return new CarryoverError('TargetUnavailable', message, { cause: error });
}

/** Missing tables and rights must be fixed by operators; no migration fails because of them. */
function isOfDatabase({ type, message }: CarryoverError): boolean {
  return type === 'StoreUnavailable' || (type === 'Unexpected' && /\((42|3F)\w{3}\b/.test(message));
}
