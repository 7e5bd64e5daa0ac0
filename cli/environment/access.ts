/** Who may call the API, and which proxies it trusts for a caller's address. */

import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';
import { readable, type Rule, Text, Url } from './read.js';

/** RFC 7518 requires an HS256 secret at least as long as the hash. */
const SECRET_BYTES = 32;

export const JwtSecret = Type.Refine(
  Text(
    `the secret that HS256 tokens are signed with, ${SECRET_BYTES} bytes or more (openssl rand -base64 ${SECRET_BYTES})`,
  ),
  (text) => Buffer.byteLength(text) >= SECRET_BYTES,
);

export const Access = Type.Object({
  AUTH_JWT_SECRET: Type.Optional(JwtSecret),
  AUTH_JWKS_URL: Type.Optional(
    Type.Refine(
      Url("the address of the token issuer's keys, https://… (http only for a loopback address)"),
      (url) => new URL(url).protocol === 'https:' || isLoopback(new URL(url).hostname),
    ),
  ),
  AUTH_ISSUER: Type.Optional(Text('the issuer that tokens must name')),
  AUTH_AUDIENCE: Type.Optional(Text('the audience that tokens must name')),
  TRUSTED_PROXIES: Type.Optional(
    Text('addresses or ranges whose X-Forwarded-For is trusted, separated by commas'),
  ),
  CORS_ORIGINS: Type.Optional(
    Text('origins whose pages may call the API, such as https://app.example, separated by commas'),
  ),
});
type AccessEnvironment = Static<typeof Access>;

export const accessRules: readonly Rule<AccessEnvironment>[] = [
  ({ isSet }) =>
    isSet('AUTH_JWT_SECRET') || isSet('AUTH_JWKS_URL')
      ? []
      : ['AUTH_JWT_SECRET or AUTH_JWKS_URL is missing: one of them decides which tokens are accepted.'],
  ({ isSet }) =>
    isSet('AUTH_JWKS_URL') && !isSet('AUTH_AUDIENCE')
      ? [
          'AUTH_AUDIENCE is missing: the issuer at AUTH_JWKS_URL may also sign tokens for other services. Name the audience of the tokens for Carryover.',
        ]
      : [],
  readable('TRUSTED_PROXIES', trustedProxies),
  readable('CORS_ORIGINS', corsOrigins),
];

/** The addresses and ranges of TRUSTED_PROXIES. Throws an Error that names the invalid ones. */
export function trustedProxies(text: string): readonly string[] {
  const proxies = listOf(text);
  const wrong = proxies.filter((proxy) => !isAddressOrRange(proxy));
  if (wrong.length > 0) {
    throw new Error(
      `${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} neither an address nor a range such as 10.0.0.0/8.`,
    );
  }
  return proxies;
}

/** The origins of CORS_ORIGINS. Throws an Error that names the invalid ones. */
export function corsOrigins(text: string): readonly string[] {
  const origins = listOf(text);
  const wrong = origins.filter((origin) => !isOrigin(origin));
  if (wrong.length > 0) {
    throw new Error(
      `${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} not as browsers send an origin, such as https://app.example or http://localhost:8080.`,
    );
  }
  return origins;
}

/** The parts of a list that is separated by commas. */
function listOf(text: string): readonly string[] {
  return text.split(',').flatMap((part) => part.trim() || []);
}

/** Apps in a web view have schemes of their own, such as capacitor://localhost. */
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@*]+$/.test(text)) return false;
  return !/^https?:/.test(text) || (URL.canParse(text) && new URL(text).origin === text);
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest;
}

/** @param hostname in the form of URL.hostname. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
