/** The variables of the kind `onboarding`, which is on when both addresses are set. */

import { type Static, Type } from 'typebox';
import type { OnboardingSettings } from '../../gateways/onboarding/open.js';
import { keepsOneSlot } from '../../domain/onboarding/keys.js';
import { FORMS, parseRedisAddress } from '../../gateways/redis/address.js';
import { type Rule, readable, Url, Whole } from './read.js';

/** A week. */
const TTL_SECONDS = 604_800;
/** Redis keeps times in milliseconds. */
const LONGEST_TTL_SECONDS = 2_147_483_647;

export const Onboarding = Type.Object({
  ONBOARDING_DATABASE_URL: Type.Optional(
    Url(
      "the product's database with legacy users, postgresql://user:password@host:port/database",
      'postgres(ql)?',
    ),
  ),
  ONBOARDING_REDIS_URL: Type.Optional(
    Type.String({ minLength: 1, description: `the Redis of onboarding sessions, ${FORMS}` }),
  ),
  ONBOARDING_REDIS_PREFIX: Type.String({
    default: '',
    description: 'the prefix of each key; {…} in it keeps all keys in one slot of a cluster',
  }),
  ONBOARDING_SESSION_TTL_SECONDS: Whole(
    `seconds, 1 to ${LONGEST_TTL_SECONDS}, that the keys of a session live`,
    1,
    LONGEST_TTL_SECONDS,
    TTL_SECONDS,
  ),
});
type OnboardingEnvironment = Static<typeof Onboarding>;

const URLS = ['ONBOARDING_DATABASE_URL', 'ONBOARDING_REDIS_URL'] as const;

export const onboardingRules: readonly Rule<OnboardingEnvironment>[] = [
  readable('ONBOARDING_REDIS_URL', parseRedisAddress),
  ({ values: { ONBOARDING_REDIS_URL: url = '', ONBOARDING_REDIS_PREFIX: prefix = '' } }) =>
    /^rediss?\+cluster:/.test(url) && !keepsOneSlot(prefix)
      ? [
          'ONBOARDING_REDIS_PREFIX is wrong: in a cluster it must have a name in braces, such as {onboarding}:, so that the keys of a session are in one hash slot.',
        ]
      : [],
  ({ isSet }) => {
    const missing = URLS.filter((name) => !isSet(name));
    return missing.length === 1
      ? [`${missing[0]} is missing: the kind onboarding needs both ${URLS.join(' and ')}.`]
      : [];
  },
];

/** Undefined if the kind is off. */
export function onboardingSettings(environment: OnboardingEnvironment): OnboardingSettings | undefined {
  const { ONBOARDING_DATABASE_URL: databaseUrl, ONBOARDING_REDIS_URL: redisUrl } = environment;
  if (databaseUrl === undefined || redisUrl === undefined) return undefined;
  return {
    databaseUrl,
    redisUrl,
    prefix: environment.ONBOARDING_REDIS_PREFIX,
    ttlSeconds: environment.ONBOARDING_SESSION_TTL_SECONDS,
  };
}
