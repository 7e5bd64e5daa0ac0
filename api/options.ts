import type { Logger } from 'pino';
import type { Clock } from '../domain/engine/clock.js';
import type { SignatureCheck } from '../gateways/carrier/signature.js';
import type { Chatwoot } from '../gateways/chatwoot/connect.js';
import type { ConversationsClient } from '../gateways/conversations/client.js';
import type { OnboardingStores } from './onboarding/stores.js';
import type { Store } from '../gateways/store/sql/connect.js';
import type { ServerSpans } from '../gateways/tracing/open.js';
import type { ApiRetention } from './plugins/retention.js';
import type { TemporalClient } from '../gateways/temporal/client.js';
import type { RemoteCodec } from '../gateways/temporal/encryption/remote-codec.js';
import type { RateLimits } from './plugins/rate-limit.js';
import type { KindMaker } from './kinds.js';
import type { OidcSettings } from './sessions/oidc-routes.js';
import type { AuthOptions } from './tokens.js';

export interface ApiOptions {
  readonly store: Store;
  /** The store's address, for a connection that only listens. */
  readonly databaseUrl: string;
  readonly temporal: TemporalClient;
  readonly conversations: ConversationsClient;
  /** Checks whether a callback comes from the carrier. */
  readonly checkSignature: SignatureCheck;
  readonly auth: AuthOptions;
  /** Where people sign in to the dashboard; default: with a token. */
  readonly oidc?: OidcSettings | undefined;
  readonly log: Logger;
  /** Temporal's Web UI, for links. */
  readonly temporalUiUrl?: string | undefined;
  /** Decrypts payloads for operators at /codec; set if payloads are encrypted. */
  readonly codec?: RemoteCodec | undefined;
  /** MIGRATION_RESET_ALLOWED: for development and test only. */
  readonly resetAllowed?: boolean;
  /** The product's stores of the kind `onboarding`; undefined if it is off. */
  readonly onboarding?: OnboardingStores | undefined;
  /** Chatwoot's database, for the kind `inbox`; undefined if it is off. */
  readonly chatwoot?: Pick<Chatwoot, 'ready'> | undefined;
  /** More kinds of migration than API_KINDS has. */
  readonly kinds?: Readonly<Record<string, KindMaker>>;
  readonly rateLimits?: RateLimits;
  /** TRUSTED_PROXIES: addresses or ranges whose X-Forwarded-For is trusted. */
  readonly trustedProxies?: readonly string[];
  /** CORS_ORIGINS: origins whose pages may call /v2 from a browser; none by default. */
  readonly corsOrigins?: readonly string[];
  /** The folder of the built dashboard, which is served at `/`. */
  readonly dashboard?: string | undefined;
  /** Of the running code, for operators. */
  readonly version?: string;
  /** How many streams of events may be open at once. */
  readonly maxStreams?: number;
  /** How long growing tables keep their rows; default: DEFAULT_API_RETENTION. */
  readonly retention?: ApiRetention;
  /** Traces requests; without it nothing is added to any. */
  readonly serverSpans?: ServerSpans | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** The number of accounts whose statuses stay in memory; one with two brands and five channels takes half a kilobyte of heap. */
export const REMEMBERED_ACCOUNTS = 100_000;
export const DEFAULT_MAX_STREAMS = 200;

/** The longest time that an answer waits for delivery to Temporal, which it does not depend on. */
export const DELIVERY_WAIT_MS = 2_000;
