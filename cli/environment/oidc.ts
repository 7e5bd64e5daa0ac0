/** The OpenID Connect provider at which people sign in to the dashboard. */

import { type Static, Type } from 'typebox';
import type { OidcSettings } from '../../api/sessions/oidc-routes.js';
import { oidcProvider } from '../../gateways/oidc/provider.js';
import { isLoopback } from './access.js';
import { type Rule, Text, Url } from './read.js';

export const Oidc = Type.Object({
  AUTH_OIDC_ISSUER: Type.Optional(
    Type.Refine(
      Url('the OpenID Connect issuer, https://… (http only for a loopback address)'),
      (url) => new URL(url).protocol === 'https:' || isLoopback(new URL(url).hostname),
    ),
  ),
  AUTH_OIDC_CLIENT_ID: Type.Optional(Text('the client id of this API at the OpenID Connect provider')),
  AUTH_OIDC_CLIENT_SECRET: Type.Optional(Text('the secret of AUTH_OIDC_CLIENT_ID')),
  AUTH_OIDC_ROLE_CLAIM: Type.String({
    minLength: 1,
    default: 'role',
    description: 'the claim of the ID token that gives the role, or the path to it',
  }),
});
type OidcEnvironment = Static<typeof Oidc>;

const TOGETHER = ['AUTH_OIDC_ISSUER', 'AUTH_OIDC_CLIENT_ID', 'AUTH_OIDC_CLIENT_SECRET'] as const;

export const oidcRules: readonly Rule<OidcEnvironment>[] = [
  ({ isSet }) => {
    const missing = TOGETHER.filter((name) => !isSet(name));
    if (missing.length === TOGETHER.length || missing.length === 0) return [];
    const set = TOGETHER.filter((name) => isSet(name)).join(' and ');
    return missing.map((name) => `${name} is missing: OpenID Connect needs it together with ${set}.`);
  },
];

/** Undefined if people sign in with tokens alone. */
export function oidcOf(environment: OidcEnvironment): OidcSettings | undefined {
  const {
    AUTH_OIDC_ISSUER: issuer,
    AUTH_OIDC_CLIENT_ID: clientId,
    AUTH_OIDC_CLIENT_SECRET: clientSecret,
  } = environment;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return {
    provider: oidcProvider({ issuer, clientId, clientSecret }),
    roleClaim: environment.AUTH_OIDC_ROLE_CLAIM,
  };
}
