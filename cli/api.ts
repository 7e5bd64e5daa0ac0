/** `npm run api`: the HTTP API as a process, configured by environment variables alone; SIGTERM ends it cleanly. */

import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import closeWithGrace from 'close-with-grace';
import { buildApp } from '../api/app.js';
import { ConfigurationError } from '../domain/engine/configuration-error.js';
import { signatureCheck } from '../gateways/carrier/signature.js';
import { conversationsClient } from '../gateways/conversations/client.js';
import { openChatwoot } from '../gateways/chatwoot/connect.js';
import { openStore } from '../gateways/store/sql/connect.js';
import { openTemporal } from '../gateways/temporal/client.js';
import { remoteCodec } from '../gateways/temporal/encryption/remote-codec.js';
import { corsOrigins, trustedProxies } from './environment/access.js';
import { type ApiEnvironment, readApiEnvironment, retentionOf } from './environment/api.js';
import { webhookSecrets } from './environment/read.js';
import { payloadKeysOf } from './environment/common.js';
import { oidcOf } from './environment/oidc.js';
import { onboardingSettings } from './environment/onboarding.js';
import { type CodeVersion, codeVersion } from './code-version.js';
import { processLog } from './log.js';
import { runProcess } from './process.js';
import { tracingOf } from './tracing.js';

/** A caller waits for these answers, so the limit is short. */
const CONVERSATIONS_TIMEOUT_MS = 8_000;
/** Longer than any answer takes; requests that are still open then are cut. */
const SHUTDOWN_MS = 20_000;

async function main(): Promise<void> {
  const environment = readApiEnvironment(process.env);
  const log = processLog({ level: environment.LOG_LEVEL, process: 'api' });
  const payloadKeys = payloadKeysOf(environment);
  const tracing = await tracingOf('api', environment);
  const temporal = openTemporal({
    environment: process.env,
    payloadKeys,
    interceptors: tracing?.clientInterceptors,
  });
  const checkSignature = signatureCheck(webhookSecrets(environment.CARRIER_WEBHOOK_SECRET));
  const store = openStore(environment.DATABASE_URL, { applicationName: 'carryover-api' });
  const conversations = conversationsClient({
    baseUrl: environment.CONVERSATIONS_API_URL,
    token: environment.CONVERSATIONS_API_TOKEN,
    timeoutMs: CONVERSATIONS_TIMEOUT_MS,
  });
  const settings = onboardingSettings(environment);
  // Redis's client takes 4 MB, so it is loaded only if the kind is on.
  const onboarding =
    settings && (await import('../gateways/onboarding/open.js')).openOnboarding(settings, 'carryover-api');
  const chatwootUrl = environment.CHATWOOT_DATABASE_URL;
  const chatwoot =
    chatwootUrl === undefined ? undefined : openChatwoot(chatwootUrl, { applicationName: 'carryover-api' });
  const app = await buildApp({
    onboarding,
    chatwoot,
    store,
    databaseUrl: environment.DATABASE_URL,
    temporal,
    conversations,
    checkSignature,
    auth: authOf(environment),
    oidc: oidcOf(environment),
    trustedProxies: trustedProxies(environment.TRUSTED_PROXIES ?? ''),
    corsOrigins: corsOrigins(environment.CORS_ORIGINS ?? ''),
    temporalUiUrl: environment.TEMPORAL_UI_URL,
    resetAllowed: environment.MIGRATION_RESET_ALLOWED === 'true',
    retention: retentionOf(environment),
    codec: payloadKeys && remoteCodec(payloadKeys),
    dashboard: fileURLToPath(new URL('../web', import.meta.url)),
    version: versionText(codeVersion()),
    serverSpans: tracing?.tracing,
    log,
  });

  closeWithGrace({ delay: SHUTDOWN_MS, logger: false }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'the API stops because of an unexpected error');
    else log.info({ signal }, 'the API stops');
    await app.close();
    const open = [store, conversations, temporal, onboarding, chatwoot, tracing];
    await Promise.allSettled(open.filter((each) => each !== undefined).map((each) => each.close()));
  });

  await app.listen({ host: environment.HOST, port: environment.PORT }).catch((error: unknown) => {
    throw listenError(error, environment);
  });
  process.stdout.write(`The API is listening at ${urlOf(app.server.address() as AddressInfo)}\n`);
}

/** A ConfigurationError if the operator can fix why the address cannot be listened on; other errors unchanged. */
function listenError(error: unknown, { HOST, PORT }: ApiEnvironment): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const noSuchHost = `HOST is wrong: this machine has no address ${HOST}.`;
  const problems: Readonly<Record<string, string>> = {
    ENOTFOUND: noSuchHost,
    EADDRNOTAVAIL: noSuchHost,
    EADDRINUSE: `PORT ${PORT} is taken: another process listens on ${HOST}:${PORT}. Stop it, or give PORT another value.`,
    EACCES: `PORT ${PORT} is not open to this user. Give PORT a value of 1024 or more.`,
  };
  const problem = problems[code];
  return problem === undefined ? error : new ConfigurationError([problem]);
}

function authOf(environment: ApiEnvironment) {
  return {
    secret: environment.AUTH_JWT_SECRET,
    jwksUrl: environment.AUTH_JWKS_URL,
    issuer: environment.AUTH_ISSUER,
    audience: environment.AUTH_AUDIENCE,
  };
}

function versionText({ version, commit }: CodeVersion): string {
  return commit === null ? version : `${version} (${commit.slice(0, 12)})`;
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

runProcess(main);
