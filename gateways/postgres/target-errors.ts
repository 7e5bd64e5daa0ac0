import { CarryoverError } from '../../domain/engine/failures/failures.js';

/**
 * What an error of a database other than the store means: `TargetUnavailable` that says which database it is; what is not the database's is returned
 * unchanged.
 *
 * @param name as used in messages: `the onboarding database (ONBOARDING_DATABASE_URL)`
 */
export function targetError(error: unknown, name: string): unknown {
  if (!(error instanceof CarryoverError) || !isOfDatabase(error)) return error;
  const what = /\(([^)]*)\)/.exec(error.message)?.[1] ?? 'it does not answer';
  const message = `${name.charAt(0).toUpperCase()}${name.slice(1)} cannot be used: ${what}.`;
  return new CarryoverError('TargetUnavailable', message, { cause: error });
}

/** Missing tables and rights are for operators to mend, and nobody's migration fails because of them. */
function isOfDatabase({ type, message }: CarryoverError): boolean {
  return type === 'StoreUnavailable' || (type === 'Unexpected' && /\((42|3F)\w{3}\b/.test(message));
}
