import { beforeAll, expect } from 'vitest';
import { DEFAULT_RATE_LIMITS } from '../../../api/plugins/rate-limit.js';
import type { Role } from '../../../api/roles.js';
import { forThisFile } from '../../support/for-this-file.js';
import { type Call, type World, apiWorld, meet, tokenFor } from '../world.js';

export const LIST = '/v2/kinds/conversations/migrations';

// All tests sign in from one address.
const rateLimits = { ...DEFAULT_RATE_LIMITS, signInsPerTenSeconds: 10_000 };

/** The API of this file, which listens, with a started account. */
export function apiForSessions(take: (world: World) => void): void {
  let world: World;
  forThisFile(
    () => apiWorld({ rateLimits }),
    (opened) => take((world = opened)),
  );
  beforeAll(async () => {
    await meet(world, 'acc_1');
    await world.call('POST', '/v2/start-migration', {
      token: await tokenFor('service'),
      body: { account_id: 'acc_1' },
    });
    await world.app.listen({ host: '127.0.0.1', port: 0 });
  });
}

interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
}

export async function signIn(world: World, body: object, call: Call = {}): Promise<SignedIn> {
  const answer = await world.call('POST', '/session', { body, ...call });
  expect(answer.statusCode).toBe(200);
  const { name, value } = answer.cookies[0]!;
  return { cookie: `${name}=${value}`, csrf: answer.json().csrf_token };
}

export const signInAs = async (world: World, role: Role) => signIn(world, { token: await tokenFor(role) });
