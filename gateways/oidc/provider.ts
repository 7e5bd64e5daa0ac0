/** An OpenID Connect provider: people sign in there, by the authorization code flow with PKCE. */

import * as client from 'openid-client';

export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What one sign-in must remember until the person comes back. */
export interface OidcTransaction {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The claims of a verified ID token. */
export type OidcClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface OidcProvider {
  /** Where to send the person. Throws OidcUnavailable. */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly transaction: OidcTransaction }>;
  /**
   * Exchanges the code for the claims of the ID token, whose signature, issuer, audience, nonce and times are checked. Throws OidcRefused;
   * OidcUnavailable.
   * @param url where the provider has sent the person, with the query
   */
  finish(url: URL, transaction: OidcTransaction): Promise<OidcClaims>;
}

/** The provider does not answer, or not as OpenID Connect demands. */
export class OidcUnavailable extends Error {
  override readonly name = 'OidcUnavailable';
}

/** The provider, or its answer, refuses the sign-in. */
export class OidcRefused extends Error {
  override readonly name = 'OidcRefused';
}

const TIMEOUT_SECONDS = 5;
/** A provider's name for why it does not let somebody in. */
const ERROR_NAME = /^[\w.-]{1,60}$/;

/** Connects to nothing yet: the provider is discovered at the first sign-in, and again after a failure. */
export function oidcProvider({ issuer, clientId, clientSecret }: OidcOptions): OidcProvider {
  const server = new URL(issuer);
  // Over plain HTTP only a loopback address is configured.
  const execute = server.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  let discovered: Promise<client.Configuration> | undefined;
  const configuration = (): Promise<client.Configuration> => {
    discovered ??= client
      .discovery(server, clientId, clientSecret, undefined, { execute, timeout: TIMEOUT_SECONDS })
      .catch((error: unknown) => {
        discovered = undefined;
        throw new OidcUnavailable('The provider cannot be discovered.', { cause: error });
      });
    return discovered;
  };

  return {
    async begin(redirectUri) {
      const config = await configuration();
      const transaction = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid',
        response_type: 'code',
        state: transaction.state,
        nonce: transaction.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(transaction.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, transaction };
    },
    async finish(url, { state, nonce, verifier }) {
      const config = await configuration();
      const tokens = await client
        .authorizationCodeGrant(config, url, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        })
        .catch((error: unknown) => {
          throw problemOf(error);
        });
      const claims = tokens.claims();
      if (claims === undefined) throw new OidcRefused('The provider has sent no ID token.');
      return claims;
    },
  };
}

function problemOf(error: unknown): Error {
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    const named = ERROR_NAME.test(error.error) ? `: ${error.error}` : '';
    return new OidcRefused(`The provider refuses the sign-in${named}.`, { cause: error });
  }
  const code = error instanceof client.ClientError ? error.code : undefined;
  const isAway = code === undefined || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
  return isAway
    ? new OidcUnavailable('The provider does not answer.', { cause: error })
    : new OidcRefused('The answer of the provider does not belong to this sign-in.', { cause: error });
}
