import { type Static, Type } from 'typebox';
import type { FollowLimits } from '../../domain/conversations/following/finishing.js';
import { connectConfig } from '../../gateways/temporal/connect-config.js';
import { type PayloadKeys, parsePayloadKeys } from '../../gateways/temporal/encryption/keys.js';
import { Bearer, problemOf, readable, type Rule, Text, Url, Whole } from './read.js';
import { Inbox } from './inbox.js';
import { Onboarding, onboardingRules } from './onboarding.js';

/** The variables of both the API and the worker. */
export const Common = Type.Object({
  DATABASE_URL: Url('the store, postgresql://user:password@host:port/database', 'postgres(ql)?'),
  CONVERSATIONS_API_URL: Url("Conversations' API, http(s)://…"),
  CONVERSATIONS_API_TOKEN: Bearer("the token for Conversations' API"),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'one of fatal, error, warn, info, debug, trace, silent' },
  ),
  PAYLOAD_ENCRYPTION_KEY: Type.Optional(
    Text(
      'the key that payloads in Temporal are encrypted with, <id>:<base64 of 32 bytes>, several separated by spaces',
    ),
  ),
  ...Onboarding.properties,
  ...Inbox,
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Url('where OpenTelemetry collects traces by OTLP over HTTP, http(s)://…'),
  ),
  RECENT_DAYS: Whole("whole days that 'recent' reaches back, 0 to 36500", 0, 36_500, 30),
  FOLLOW_IDLE_HOURS: Whole(
    'hours, 1 to 8760, without news from the source after which following ends once all ports are final',
    1,
    8_760,
    24,
  ),
  FOLLOW_MAX_DAYS: Whole('days, 1 to 3650, after which following ends in any case', 1, 3_650, 60),
});
type CommonEnvironment = Static<typeof Common>;

export const commonRules: readonly Rule<CommonEnvironment>[] = [
  ...onboardingRules,
  readable('PAYLOAD_ENCRYPTION_KEY', parsePayloadKeys),
  ({ environment }) => problemOf("Temporal's configuration (TEMPORAL_…)", () => connectConfig(environment)),
];

/** When following ends. */
export function followLimitsOf({
  FOLLOW_IDLE_HOURS: idleHours,
  FOLLOW_MAX_DAYS: maxDays,
}: CommonEnvironment): FollowLimits {
  return { idleHours, maxDays };
}

/** The keys of PAYLOAD_ENCRYPTION_KEY; undefined if it is not set. */
export function payloadKeysOf({
  PAYLOAD_ENCRYPTION_KEY: text,
}: Pick<CommonEnvironment, 'PAYLOAD_ENCRYPTION_KEY'>): PayloadKeys | undefined {
  return text === undefined ? undefined : parsePayloadKeys(text);
}
