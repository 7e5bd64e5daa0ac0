import { type Static, Type } from 'typebox';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { Access, accessRules } from './access.js';
import { Common, commonRules } from './common.js';
import { type Environment, readable, readEnvironment, type Rule, Url, Whole } from './read.js';

const Api = Type.Object({
  ...Common.properties,
  CARRIER_WEBHOOK_SECRET: Type.String({
    pattern: '^whsec_[A-Za-z0-9+/=_-]+(\\s+whsec_[A-Za-z0-9+/=_-]+)*$',
    description: "the carrier's signing secrets, whsec_<base64>, several separated by spaces",
  }),
  ...Access.properties,
  TEMPORAL_UI_URL: Type.Optional(Url("Temporal's Web UI, http(s)://…")),
  MIGRATION_RESET_ALLOWED: Type.Union([Type.Literal('true'), Type.Literal('false')], {
    default: 'false',
    description: 'true or false',
  }),
  HOST: Type.String({ minLength: 1, default: '127.0.0.1', description: 'the address to listen on' }),
  PORT: Whole('the port to listen on, 0 for a free one', 0, 65_535, 3000),
});
export type ApiEnvironment = Static<typeof Api>;

const rules: readonly Rule<ApiEnvironment>[] = [
  ...commonRules,
  ...accessRules,
  readable('CARRIER_WEBHOOK_SECRET', (text) => signatureCheck(webhookSecrets(text))),
];

/** @throws ConfigurationError with every variable that is missing or wrong. */
export function readApiEnvironment(environment: Environment): ApiEnvironment {
  return readEnvironment(Api, environment, rules);
}

/** The secrets of CARRIER_WEBHOOK_SECRET. */
export function webhookSecrets(text: string): readonly string[] {
  return text.split(/\s+/);
}
