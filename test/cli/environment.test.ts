import { describe, expect, it } from 'vitest';
import { readApiEnvironment } from '../../cli/environment/api.js';
import { oidcOf } from '../../cli/environment/oidc.js';
import { readTokenSecret } from '../../cli/environment/operator.js';
import { api, problemsOf } from './environments.js';

describe('the environment of the API', () => {
  it('has defaults, and text that looks like a number stays text', () => {
    expect(readApiEnvironment(api)).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      LOG_LEVEL: 'info',
      MIGRATION_RESET_ALLOWED: 'false',
      CONVERSATIONS_API_TOKEN: '12345',
      AUTH_JWT_SECRET: '0'.repeat(32),
    });
  });

  it('names every variable that is missing or wrong, and what it should be', () => {
    const problems = problemsOf(() =>
      readApiEnvironment({ ...api, DATABASE_URL: '', PORT: 'http', LOG_LEVEL: 'loud' }),
    );
    expect(problems).toEqual([
      'DATABASE_URL is missing: the store, postgresql://user:password@host:port/database.',
      'LOG_LEVEL is wrong: it must be one of fatal, error, warn, info, debug, trace, silent.',
      'PORT is wrong: it must be the port to listen on, 0 for a free one.',
    ]);
  });

  it.each([
    ['DATABASE_URL', 'postgresql://store@localhost:many/helpdesk'],
    ['CONVERSATIONS_API_URL', 'http://localhost:99999'],
    ['CONVERSATIONS_API_URL', 'http://two words'],
    ['CONVERSATIONS_API_TOKEN', 'two\nlines'],
    ['PORT', '3000.5'],
    ['RECENT_DAYS', '1.5'],
    ['RECENT_DAYS', '1e2'],
    ['FOLLOW_IDLE_HOURS', '0'],
    ['FOLLOW_IDLE_HOURS', '1.5'],
    ['FOLLOW_MAX_DAYS', 'long'],
  ])('does not take %s for %j', (name, value) => {
    expect(problemsOf(() => readApiEnvironment({ ...api, [name]: value }))).toEqual([
      expect.stringContaining(`${name} is wrong`),
    ]);
  });

  it('needs one way to decide which tokens are accepted', () => {
    expect(problemsOf(() => readApiEnvironment({ ...api, AUTH_JWT_SECRET: undefined }))).toEqual([
      'AUTH_JWT_SECRET or AUTH_JWKS_URL is missing: one of them decides which tokens are accepted.',
    ]);
  });

  it('reports together what is missing, malformed, or unreadable for a gateway', () => {
    const problems = problemsOf(() =>
      readApiEnvironment({
        ...api,
        DATABASE_URL: '',
        AUTH_JWT_SECRET: '',
        PAYLOAD_ENCRYPTION_KEY: 'short',
        CARRIER_WEBHOOK_SECRET: 'whsec_====',
        TEMPORAL_TLS: 'perhaps',
        TEMPORAL_ADDRESS: '',
      }),
    );
    expect(problems.map((problem) => problem.split(' ', 2).join(' '))).toEqual([
      'DATABASE_URL is',
      'PAYLOAD_ENCRYPTION_KEY is',
      "Temporal's configuration",
      'AUTH_JWT_SECRET or',
      'CARRIER_WEBHOOK_SECRET is',
    ]);
  });

  it('a wrong AUTH_JWKS_URL is not also reported as missing', () => {
    const wrong = { ...api, AUTH_JWT_SECRET: undefined, AUTH_JWKS_URL: 'keys.example', AUTH_AUDIENCE: 'us' };
    expect(problemsOf(() => readApiEnvironment(wrong))).toEqual([
      expect.stringContaining('AUTH_JWKS_URL is wrong'),
    ]);
  });

  it('refuses a secret with fewer bytes than its hash', () => {
    expect(problemsOf(() => readApiEnvironment({ ...api, AUTH_JWT_SECRET: 'x'.repeat(31) }))).toEqual([
      'AUTH_JWT_SECRET is wrong: it must be the secret that HS256 tokens are signed with, 32 bytes or more (openssl rand -base64 32).',
    ]);
    expect(problemsOf(() => readTokenSecret({ AUTH_JWT_SECRET: 'x'.repeat(31) }))).toEqual([
      expect.stringContaining('32 bytes or more'),
    ]);
    expect(problemsOf(() => readApiEnvironment({ ...api, AUTH_JWT_SECRET: 'é'.repeat(16) }))).toEqual([]);
  });

  it('accepts keys over https or from loopback, and requires an audience', () => {
    const { AUTH_JWT_SECRET: _, ...rest } = api;
    const with_ = (AUTH_JWKS_URL: string, AUTH_AUDIENCE = 'carryover') =>
      problemsOf(() => readApiEnvironment({ ...rest, AUTH_JWKS_URL, AUTH_AUDIENCE }));
    for (const url of [
      'https://issuer.example/keys',
      'http://127.0.0.1:8080/keys',
      'http://localhost/keys',
      'http://[::1]:8080/keys',
    ])
      expect(with_(url)).toEqual([]);
    for (const url of [
      'http://issuer.example/keys',
      'http://127.0.0.1.issuer.example/keys',
      'http://10.0.0.1/keys',
    ])
      expect(with_(url)).toEqual([
        "AUTH_JWKS_URL is wrong: it must be the address of the token issuer's keys, https://… (http only for a loopback address).",
      ]);
    expect(with_('https://issuer.example/keys', '')).toEqual([
      expect.stringMatching(/^AUTH_AUDIENCE is missing: .*Name the audience/),
    ]);
  });

  it('takes an OpenID Connect provider, all of it or nothing', () => {
    const oidc = {
      AUTH_OIDC_ISSUER: 'https://login.example',
      AUTH_OIDC_CLIENT_ID: 'carryover',
      AUTH_OIDC_CLIENT_SECRET: 'secret',
    };
    const problems = (some: Record<string, string>) =>
      problemsOf(() => readApiEnvironment({ ...api, ...some }));
    expect(oidcOf(readApiEnvironment(api))).toBe(undefined);
    expect(oidcOf(readApiEnvironment({ ...api, ...oidc }))).toMatchObject({ roleClaim: 'role' });
    const named = readApiEnvironment({ ...api, ...oidc, AUTH_OIDC_ROLE_CLAIM: 'realm_access.roles' });
    expect(oidcOf(named)).toMatchObject({ roleClaim: 'realm_access.roles' });
    expect(problems({ AUTH_OIDC_ISSUER: 'https://login.example' })).toEqual([
      'AUTH_OIDC_CLIENT_ID is missing: OpenID Connect needs it together with AUTH_OIDC_ISSUER.',
      'AUTH_OIDC_CLIENT_SECRET is missing: OpenID Connect needs it together with AUTH_OIDC_ISSUER.',
    ]);
    expect(problems({ ...oidc, AUTH_OIDC_ISSUER: 'http://127.0.0.1:9000' })).toEqual([]);
    for (const issuer of ['http://login.example', 'login.example'])
      expect(problems({ ...oidc, AUTH_OIDC_ISSUER: issuer })).toEqual([
        'AUTH_OIDC_ISSUER is wrong: it must be the OpenID Connect issuer, https://… (http only for a loopback address).',
      ]);
  });

  it.each(['10.0.0.1', '10.0.0.0/8', '2001:db8::/32, ::1', '192.0.2.1,192.0.2.2,'])(
    'trusts the proxies %s',
    (text) => {
      expect(problemsOf(() => readApiEnvironment({ ...api, TRUSTED_PROXIES: text }))).toEqual([]);
    },
  );

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '::/129', '10.0.0.1, true', '10.0.0.0/', '*'])(
    'reports invalid proxies: %s',
    (text) => {
      expect(problemsOf(() => readApiEnvironment({ ...api, TRUSTED_PROXIES: text }))).toEqual([
        expect.stringMatching(
          /^TRUSTED_PROXIES is wrong: .* is neither an address nor a range such as 10\.0\.0\.0\/8\.$/,
        ),
      ]);
    },
  );

  it.each([
    'https://app.example',
    'http://localhost:8080, capacitor://localhost',
    'https://a.example,https://b.example,',
    '',
  ])('lets pages of these origins call: %s', (text) => {
    expect(problemsOf(() => readApiEnvironment({ ...api, CORS_ORIGINS: text }))).toEqual([]);
  });

  it.each([
    '*',
    'app.example',
    'https://app.example/',
    'https://*.example',
    'https://App.example',
    'https://app.example:443',
    'null',
  ])('reports what is no origin: %s', (text) => {
    expect(problemsOf(() => readApiEnvironment({ ...api, CORS_ORIGINS: text }))).toEqual([
      expect.stringMatching(/^CORS_ORIGINS is wrong: .* is not as browsers send an origin, such as https:/),
    ]);
  });

  it('never prints what a variable holds', () => {
    const problems = problemsOf(() => readApiEnvironment({ ...api, CARRIER_WEBHOOK_SECRET: 'topsecret' }));
    expect(problems.join()).toContain('CARRIER_WEBHOOK_SECRET is wrong');
    expect(problems.join()).not.toContain('topsecret');
  });
});
