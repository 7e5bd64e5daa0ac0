import type { FastifyInstance } from 'fastify';
import type { Refusals } from '../../http/refusals.js';
import { auth } from '../../plugins/auth.js';
import { queries } from '../../plugins/queries.js';
import type { TokenVerifier } from '../../tokens.js';
import { onboardingHealth } from './health.js';
import { onboardingMigrations } from './migrations.js';
import type { OnboardingRouteOptions } from './options.js';
import { onboardingOverview } from './overview.js';
import { onboardingProgress } from './progress.js';
import { onboardingStarts } from './starts.js';
import { onboardingUsers } from './users.js';

interface Options extends OnboardingRouteOptions {
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
}

/** Every call of the kind `onboarding`. */
export async function onboardingRoutes(
  app: FastifyInstance,
  { store, stores, served, tokens, refusals }: Options,
): Promise<void> {
  // Not the prefix.
  const options: OnboardingRouteOptions = { store, stores, served };
  await app.register(onboardingHealth, options);
  await app.register(async (guarded) => {
    await guarded.register(auth, { tokens, refusals });
    await guarded.register(queries);
    await guarded.register(onboardingStarts, options);
    await guarded.register(onboardingMigrations, options);
    await guarded.register(onboardingUsers, options);
    await guarded.register(onboardingOverview, options);
    await guarded.register(onboardingProgress, options);
  });
}
