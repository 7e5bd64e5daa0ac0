import { afterAll, beforeAll } from 'vitest';
import { pino } from 'pino';
import { createOnboardingActivities } from '../../../activities/onboarding/index.js';
import type { UserResult } from '../../../domain/onboarding/results.js';
import { systemClock } from '../../../gateways/clock.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { withFailures } from '../../../activities/engine/failures.js';
import { type OnboardingTest, onboardingTest } from '../../support/onboarding/setup.js';
import { stackEnv } from '../../support/servers.js';
import { type RunningWorkers, devNamespace, runWorkers } from '../../workflows/environment.js';
import { apiWorld, tokenFor, type World } from '../world.js';

const ROOT = '/api/v1/onboarding/migration';

/** The fields of answers that tests look into. */
export interface AnswerBody {
  readonly migration_id: string;
  readonly status: string;
  readonly results: readonly UserResult[];
  readonly next_cursor: string | null;
  readonly failed_users: number;
  readonly valid: boolean;
  readonly details: readonly { readonly ok: boolean }[];
  readonly log: unknown;
  readonly kinds: readonly object[];
  readonly failures: readonly object[];
  readonly total_migrations: number;
  readonly completed_migrations: number;
  readonly failed_migrations: number;
}

type Call = (
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  role?: 'operator' | 'admin' | 'service',
) => Promise<{ status: number; body: AnswerBody }>;

export interface Served extends OnboardingTest {
  readonly world: World;
  readonly call: Call;
}

/** Calls there, as an operator if no other role is given; the body is sent as JSON. */
export function callsAt(world: () => World): Call {
  return async (method, path, body, role = 'operator') => {
    const url = path.startsWith('/v2') ? path : `${ROOT}${path}`;
    const answer = await world().call(method, url, {
      token: await tokenFor(role),
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body) as AnswerBody };
  };
}

/** The API and a worker of a product. */
export function servedOnboarding(): Served {
  const test = onboardingTest() as Served & { world: World };
  let workers: RunningWorkers | undefined;
  let closeNamespace: () => Promise<void> = async () => undefined;
  beforeAll(async () => {
    const server = await devNamespace('onboarding');
    const temporal = openTemporal({ environment: { ...stackEnv(), TEMPORAL_NAMESPACE: server.namespace } });
    test.world = await apiWorld({ onboarding: test.stores, temporal, kinds: {} });
    const log = pino({ level: 'silent' });
    const activities = createOnboardingActivities({
      store: test.world.store,
      clock: systemClock,
      onboarding: test.stores,
    });
    workers = await runWorkers(server, withFailures(activities, log));
    closeNamespace = async () => {
      await temporal.close();
      await server.close();
    };
  });
  afterAll(async () => {
    await workers?.stop();
    await test.world?.close();
    await closeNamespace();
  });
  return Object.assign(test, { call: callsAt(() => test.world) });
}
