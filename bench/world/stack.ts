import { startStack } from '../../dev/servers/stack.js';
import type { Stack } from '../../dev/servers/stack.js';

let shared: Promise<Stack> | undefined;

/**
 * Servers that the parts of a run share; started at the first call. DynamoDB Local keeps its data in memory; PostgreSQL writes to the
 * disk and waits for it, as it does where it counts.
 */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack({ dynamodb: 'local' });
  return shared;
}

/** Does nothing when none was started. */
export async function endSharedStack(): Promise<void> {
  await (await shared)?.stop();
}
