import cookie from '@fastify/cookie';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Clock } from '../domain/engine/clock.js';
import { systemClock } from '../gateways/clock.js';
import { STATUS_CHANNEL } from '../domain/engine/ids.js';
import { migrationOfKey } from '../domain/engine/migration-ref.js';
import { answerClientError } from './http/client-errors.js';
import { requestIds } from './http/request-ids.js';
import { requestSpans } from './http/request-spans.js';
import { boundedConversations } from './conversations/operations/bounded-conversations.js';
import { StartQueue } from './conversations/operations/start.js';
import { pages } from './console/pages.js';
import { KnownKinds } from './engine/known-kinds.js';
import { explainer } from './engine/operations/explain/explain.js';
import { overviewOf } from './engine/live/overview.js';
import { kindRoutes } from './engine/routes/kinds.js';
import { overview } from './engine/routes/overview.js';
import { system } from './engine/routes/system.js';
import { keepWaves } from './engine/waves/keeper.js';
import { waves } from './engine/waves/routes.js';
import { API_KINDS, type KindsWorld } from './kinds.js';
import { type ApiOptions, DEFAULT_MAX_STREAMS, REMEMBERED_ACCOUNTS } from './options.js';
import { appPolls } from './plugins/app-polls.js';
import { auth } from './plugins/auth.js';
import { BODY_LIMIT, bodies } from './plugins/bodies.js';
import { crossOrigin } from './plugins/cross-origin.js';
import { delivery } from './plugins/delivery.js';
import { errors, notFound, sendProblem } from './plugins/errors.js';
import { healthWatches } from './plugins/health-watches.js';
import { metrics } from './plugins/metrics.js';
import { openapi, reference } from './plugins/openapi.js';
import { queries } from './plugins/queries.js';
import { DEFAULT_RATE_LIMITS, type RateLimits, rateLimit } from './plugins/rate-limit.js';
import { requestLog } from './plugins/request-log.js';
import { retention } from './plugins/retention.js';
import { securityHeaders } from './plugins/security-headers.js';
import { statuses } from './plugins/statuses.js';
import { streams } from './plugins/streams.js';
import { unusedConnections } from './plugins/unused-connections.js';
import { wrongMethods } from './plugins/wrong-methods.js';
import { accounts } from './conversations/routes/accounts.js';
import { attachmentsRetry } from './conversations/routes/attachments-retry.js';
import { audit } from './conversations/routes/audit.js';
import { certificates } from './conversations/routes/certificates.js';
import { checkMigrationStatus } from './conversations/routes/check-migration-status.js';
import { codec } from './routes/codec.js';
import { explanations } from './conversations/routes/explain.js';
import { onboardingRoutes } from './onboarding/routes/index.js';
import { inboxMoves } from './inbox/moves.js';
import { inboxRoutes } from './inbox/routes.js';
import { failures } from './conversations/routes/failures.js';
import { finishing } from './conversations/routes/finish.js';
import { health } from './routes/health.js';
import { migrations } from './conversations/routes/migrations.js';
import { preflights } from './conversations/routes/preflight.js';
import { portingCallbacks } from './conversations/routes/porting-callbacks.js';
import { quarantine } from './conversations/routes/quarantine.js';
import { quarantineExport } from './conversations/routes/quarantine-export.js';
import { report } from './conversations/routes/report.js';
import { resetMigration } from './conversations/routes/reset-migration.js';
import { startMigration } from './conversations/routes/start-migration.js';
import { steering } from './conversations/routes/steering.js';
import { verification } from './conversations/routes/verification.js';
import { waivers } from './conversations/routes/waivers.js';
import { serializerCompiler } from './schemas/serializer.js';
import { oidcRoutes } from './sessions/oidc-routes.js';
import { sessionRoutes, signInCodes } from './sessions/routes.js';
import { sessionStreams } from './sessions/session-streams.js';
import { Sessions } from './sessions/sessions.js';
import { validatorCompiler } from './schemas/validator.js';
import { Refusals } from './http/refusals.js';
import { type TokenVerifier, createTokenVerifier } from './tokens.js';

declare module 'fastify' {
  interface FastifyInstance {
    clock: Clock;
  }
}

/** An account id has up to 1024 characters, each of which takes up to twelve in a path. */
const LONGEST_PARAMETER = 12_288;

/**
 * Builds the API; the caller lets it listen. It starts, and answers what it can, while the store or Temporal is unreachable. `close` waits for
 * open requests; the store and the Temporal client belong to the caller and stay open.
 */
export async function buildApp(options: ApiOptions): Promise<FastifyInstance> {
  const { store, databaseUrl, log } = options;
  const limits = options.rateLimits ?? DEFAULT_RATE_LIMITS;
  const { clock = systemClock, corsOrigins = [] } = options;
  const tokens = createTokenVerifier(options.auth, clock);
  const refusals = new Refusals(limits.refusalsPerTenSeconds, clock);
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    bodyLimit: BODY_LIMIT,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    // Limits only the request; an answer may take longer, as a stream does.
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorate('clock', clock);

  await app.register(crossOrigin, { origins: corsOrigins });
  await app.register(unusedConnections);
  await app.register(wrongMethods);
  await app.register(errors);
  await app.register(statuses, {
    store,
    databaseUrl,
    log,
    maxAccounts: REMEMBERED_ACCOUNTS,
  });
  await app.register(appPolls, { store });
  await app.register(streams, { maxStreams: options.maxStreams ?? DEFAULT_MAX_STREAMS });
  await app.register(openapi);
  await app.register(healthWatches, { store, temporal: options.temporal, log });
  // Applies only to routes with `config.rateLimit`.
  await app.register(rateLimit, limits);
  await app.register(metrics, { store, max: limits.probesPerTenSeconds });
  await app.register(checkMigrationStatus, {
    prefix: '/v2',
    statuses: app.statuses,
    polls: app.appPolls,
    tokens,
    refusals,
    limits: limits.statusPerSecond,
    corsOrigins,
  });
  await app.register(otherRoutes, { ...options, limits, tokens, refusals });
  app.answerWrongMethods();
  return app;
}

interface OtherRoutesOptions extends ApiOptions {
  readonly limits: RateLimits;
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
}

/** A separate scope, because what these routes share would cost the polled call too much. */
async function otherRoutes(app: FastifyInstance, options: OtherRoutesOptions): Promise<void> {
  const { store, temporal, log, tokens, refusals, temporalUiUrl } = options;
  const { clock } = app;
  const conversations = boundedConversations(options.conversations, clock);
  const kinds = knownKinds(options, {
    store,
    clock,
    conversations,
    links: { temporalUiUrl, namespace: temporal.namespace },
    resetAllowed: options.resetAllowed ?? false,
    onboarding: options.onboarding,
    chatwoot: options.chatwoot,
  });
  const { work, summaries, watch } = overviewOf(store, kinds, clock);
  app.storeListener.on('notified', (channel, notice) => {
    if (channel !== STATUS_CHANNEL) return;
    const migration = migrationOfKey(notice);
    kinds.changed(migration);
    summaries.changed();
    watch.changed(migration);
  });
  app.storeListener.on('listening', () => {
    summaries.changed();
    watch.missed();
  });
  const sessions = new Sessions(store, clock);
  const served = kinds.of('conversations');
  const explain = explainer({ store, temporal, clock });
  const starts = new StartQueue({ store, clock, isBusy: () => conversations.isBusy });
  if (options.serverSpans !== undefined) await app.register(requestSpans, { spans: options.serverSpans });
  await app.register(requestLog);
  await app.register(bodies);
  await app.register(securityHeaders);
  await app.register(notFound);
  await app.register(cookie);
  await app.register(sessionStreams, { store });
  await app.register(delivery, {
    store,
    temporal,
    kinds,
    log,
    isBusy: () => conversations.isBusy || starts.isBusy,
  });
  await app.register(keepWaves, { store, kinds, log });
  await app.register(retention, { store, log, retention: options.retention });
  await app.register(reference);
  await app.register(health, { max: options.limits.probesPerTenSeconds });
  await app.register(pages, { folder: options.dashboard });
  await app.register(async (open) => {
    await open.register(queries);
    const max = options.limits.signInsPerTenSeconds;
    const ways = ['token' as const, ...(options.oidc ? ['oidc' as const] : [])];
    await open.register(sessionRoutes, { sessions, tokens, refusals, ways, max });
    if (options.oidc) await open.register(oidcRoutes, { ...options.oidc, sessions, refusals, max });
  });
  await app.register(
    async (v2) => {
      await v2.register(auth, { tokens, refusals, sessions });
      await v2.register(queries);
      await v2.register(signInCodes, { sessions });
      await v2.register(accounts, { store, conversations });
      await v2.register(startMigration, { store, conversations, starts });
      await v2.register(migrations, { store, served });
      await v2.register(explanations, { served, explainer: explain });
      await v2.register(preflights, { served, temporal });
      await v2.register(steering, { store, served });
      await v2.register(audit, { store, served });
      await v2.register(verification, { store, served });
      await v2.register(finishing, { store, served });
      await v2.register(certificates, { served });
      await v2.register(resetMigration, { store, conversations, allowed: options.resetAllowed ?? false });
      await v2.register(failures, { served });
      await v2.register(attachmentsRetry, { store });
      await v2.register(quarantine, { store });
      await v2.register(quarantineExport, { store });
      await v2.register(waivers, { store });
      await v2.register(report, { store });
      await v2.register(kindRoutes, { store, kinds, explainer: explain, temporal, work, temporalUiUrl });
      await v2.register(inboxMoves, { prefix: '/kinds/inbox', store, kinds, chatwoot: options.chatwoot });
      await v2.register(system, { store, temporal, version: options.version ?? 'unknown' });
      await v2.register(waves, { store, kinds });
      await v2.register(overview, { kinds, work, summaries, watch });
    },
    { prefix: '/v2' },
  );
  await app.register(portingCallbacks, {
    prefix: '/v2',
    store,
    checkSignature: options.checkSignature,
    refusals,
  });
  if (options.onboarding !== undefined) {
    await app.register(onboardingRoutes, {
      prefix: '/api/v1/onboarding/migration',
      store,
      stores: options.onboarding,
      served: kinds.of('onboarding'),
      tokens,
      refusals,
    });
  }
  if (options.chatwoot !== undefined) {
    await app.register(inboxRoutes, {
      prefix: '/api/v1/accounts/:account_id/inboxes/:inbox_id/migrations',
      store,
      chatwoot: options.chatwoot,
      served: kinds.of('inbox'),
      refusals,
    });
  }
  if (options.codec !== undefined) {
    await app.register(codec, {
      prefix: '/codec',
      store,
      codec: options.codec,
      tokens,
      refusals,
      temporalUiUrl,
    });
  }
}

function knownKinds({ kinds = {} }: ApiOptions, world: KindsWorld): KnownKinds {
  const makers = Object.entries({ ...API_KINDS, ...kinds });
  return new KnownKinds(Object.fromEntries(makers.map(([name, make]) => [name, make(world)])), world.clock);
}
