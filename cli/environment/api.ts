import { type Static, Type } from 'typebox';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { Common, commonRules } from './common.js';
import { type Environment, readable, readEnvironment, type Rule, Text, Url, Whole } from './read.js';

const Api = Type.Object({
  ...Common.properties,
  CARRIER_WEBHOOK_SECRET: Type.String({
    pattern: '^whsec_[A-Za-z0-9+/=_-]+(\\s+whsec_[A-Za-z0-9+/=_-]+)*$',
    description: "the carrier's signing secrets, whsec_<base64>, several separated by spaces",
  }),
  AUTH_JWT_SECRET: Type.Optional(Text('the secret that HS256 tokens are signed with')),
  AUTH_JWKS_URL: Type.Optional(Url('where the keys of the token issuer are, http(s)://…')),
  AUTH_ISSUER: Type.Optional(Text('the issuer that tokens must name')),
  AUTH_AUDIENCE: Type.Optional(Text('the audience that tokens must name')),
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
  ({ isSet }) =>
    isSet('AUTH_JWT_SECRET') || isSet('AUTH_JWKS_URL')
      ? []
      : ['AUTH_JWT_SECRET or AUTH_JWKS_URL is missing: one of them tells whose tokens are accepted.'],
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
