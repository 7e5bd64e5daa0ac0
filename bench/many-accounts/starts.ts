/**
 * Starts migrations all at once, from a process of its own, each by a request of its own. Its argument is a Starts; sends a StartsResult
 * to its parent and ends.
 */
import { scriptArgument } from '../world/child.js';

export interface Starts {
  readonly url: string;
  readonly token: string;
  readonly accountIds: readonly string[];
}

export interface StartsResult {
  /** Milliseconds from the first request to each answer's end. */
  readonly waits: readonly number[];
  /** What was answered otherwise than 202, and what broke. */
  readonly errors: readonly string[];
}

const { url, token, accountIds } = await scriptArgument<Starts>();
const errors: string[] = [];
const waits = await Promise.all(
  accountIds.map(async (accountId) => {
    const begun = performance.now();
    try {
      const answer = await fetch(`${url}/v2/start-migration`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ account_id: accountId }),
      });
      const text = await answer.text();
      if (answer.status !== 202) errors.push(`${answer.status} ${text}`);
    } catch (error) {
      errors.push(String(error));
    }
    return performance.now() - begun;
  }),
);
process.send?.({ waits, errors } satisfies StartsResult);
process.disconnect?.();
