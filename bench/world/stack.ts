import { startStack } from '../../dev/servers/stack.js';
import type { Stack } from '../../dev/servers/stack.js';
import { emptySource } from './fill.js';

let shared: Promise<Stack> | undefined;

/**
 * The servers that the parts of a run share; started at the first call. DynamoDB Local keeps its data in memory; PostgreSQL writes to the disk and
 * waits for it, as in production.
 */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack({ dynamodb: 'local' });
  return shared;
}

/** Deletes what a part has written to the source; does nothing if no server was started. */
export async function emptySharedSource(): Promise<void> {
  if (shared !== undefined) await emptySource((await shared).env);
}

/** Stops the servers; does nothing if none was started. */
export async function endSharedStack(): Promise<void> {
  await (await shared)?.stop();
}
