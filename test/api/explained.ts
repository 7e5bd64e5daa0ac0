import { expect } from 'vitest';
import type { Reason } from '../../domain/engine/explain/waits.js';
import type { World } from './world.js';

/** The part of an explanation that tests look at. */
export interface Explanation {
  readonly waiting: boolean;
  readonly reason: Reason;
  readonly sentence: string;
  readonly since: string | null;
  readonly next_step: string | null;
  readonly facts: {
    readonly waits: readonly {
      readonly reason: Reason;
      readonly unit: string | null;
      readonly details: Record<string, unknown>;
    }[];
    readonly temporal: { readonly answers: boolean; readonly why: string | null };
    readonly undelivered: readonly { readonly signal: string }[];
  };
}

/** Asks the API why a migration waits. */
export async function explained(
  world: Pick<World, 'call'>,
  token: string,
  key: string,
  kind = 'conversations',
): Promise<Explanation> {
  const answer = await world.call('GET', `/v2/kinds/${kind}/migrations/${encodeURIComponent(key)}/explain`, {
    token,
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Explanation>();
}
