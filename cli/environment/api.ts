import { type Static, Type } from 'typebox';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { type ApiRetention, DEFAULT_API_RETENTION } from '../../api/plugins/retention.js';
import { Access, accessRules } from './access.js';
import { Common, commonRules } from './common.js';
import { Oidc, oidcRules } from './oidc.js';
import {
  type Environment,
  readable,
  readEnvironment,
  type Rule,
  Url,
  WebhookSecrets,
  webhookSecrets,
  Whole,
} from './read.js';

const Days = (what: string, minimum: number, otherwise: number) =>
  Whole(`how many days to keep ${what}`, minimum, 36_500, otherwise);

/** The variables of the API. */
export const Api = Type.Object({
  ...Common.properties,
  CARRIER_WEBHOOK_SECRET: WebhookSecrets("the carrier's signing secrets"),
  ...Access.properties,
  ...Oidc.properties,
  TEMPORAL_UI_URL: Type.Optional(Url("Temporal's Web UI, http(s)://…")),
  MIGRATION_RESET_ALLOWED: Type.Union([Type.Literal('true'), Type.Literal('false')], {
    default: 'false',
    description: 'true or false',
  }),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'the address to listen on' }),
  PORT: Whole('the port to listen on, 0 for a free one', 0, 65_535, 3000),
  RETENTION_MESSAGES_DAYS: Days('delivered messages to workflows', 1, DEFAULT_API_RETENTION.messages),
  RETENTION_CALLBACKS_DAYS: Days("the carrier's callbacks", 1, DEFAULT_API_RETENTION.callbacks),
  RETENTION_AUDIT_DAYS: Days('entries of the audit, 0 for ever', 0, DEFAULT_API_RETENTION.audit),
  RETENTION_VERIFICATIONS_DAYS: Days(
    'verifications that a later one has replaced, 0 for ever',
    0,
    DEFAULT_API_RETENTION.verifications,
  ),
});
export type ApiEnvironment = Static<typeof Api>;

const rules: readonly Rule<ApiEnvironment>[] = [
  ...commonRules,
  ...accessRules,
  ...oidcRules,
  readable('CARRIER_WEBHOOK_SECRET', (text) => signatureCheck(webhookSecrets(text))),
];

/** @throws ConfigurationError that lists every missing or wrong variable. */
export function readApiEnvironment(environment: Environment): ApiEnvironment {
  return readEnvironment(Api, environment, rules);
}

export function retentionOf(environment: ApiEnvironment): ApiRetention {
  return {
    messages: environment.RETENTION_MESSAGES_DAYS,
    callbacks: environment.RETENTION_CALLBACKS_DAYS,
    audit: environment.RETENTION_AUDIT_DAYS,
    verifications: environment.RETENTION_VERIFICATIONS_DAYS,
  };
}
