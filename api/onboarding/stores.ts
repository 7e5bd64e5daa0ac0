import type { OpenOnboarding } from '../../gateways/onboarding/open.js';

/** The product's database and Redis. */
export type OnboardingStores = Pick<OpenOnboarding, 'database' | 'keys'>;
