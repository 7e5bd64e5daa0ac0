import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { addAuditEntries } from '../../gateways/store/migrations/audit.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { PayloadNotReadable } from '../../gateways/temporal/encryption/codec.js';
import type { JsonPayload, RemoteCodec } from '../../gateways/temporal/encryption/remote-codec.js';
import { type Asker, askerOf } from '../engine/operations/asker.js';
import { auth } from '../plugins/auth.js';
import { browserAccess } from '../plugins/browser-access.js';
import { sendProblem } from '../plugins/errors.js';
import { Problem } from '../http/problems.js';
import { OPERATORS } from '../roles.js';
import { Payloads } from '../schemas/codec.js';
import { problems } from '../schemas/problem.js';
import type { Refusals } from '../http/refusals.js';
import type { TokenVerifier } from '../tokens.js';

/** Temporal allows 2 MB for a payload, which are 2.7 MB in base64. The token is checked before a body is read. */
const CODEC_BODY_LIMIT = 4 * 1024 * 1024;

const TOO_LARGE = 'The body is larger than 4 MB.';

const PROBLEMS = problems(400, 401, 403, 413, 415, 503);

const SUMMARIES = {
  decode: "Decrypts Temporal's payloads for its Web UI and command line; leaves an audit row",
  encode: 'Encrypts payloads as the workers do',
};

interface CodecOptions {
  readonly store: Store;
  readonly codec: RemoteCodec;
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
  /** The Web UI, the only site whose pages may call this from a browser. */
  readonly temporalUiUrl?: string | undefined;
}

/** Temporal's protocol for remote codecs. Payloads that are not encrypted are returned unchanged. */
export const codec: FastifyPluginAsyncTypebox<CodecOptions> = async (
  app,
  { store, codec, tokens, refusals, temporalUiUrl },
) => {
  await app.register(browserAccess, { url: temporalUiUrl, paths: ['/decode', '/encode'] });
  // A separate scope, because a browser's preflight request has no token.
  await app.register(async (guarded) => {
    guarded.setErrorHandler((error, request, reply) => sendProblem(withOwnLimit(error), request, reply));
    await guarded.register(auth, { tokens, refusals });
    await guarded.register(calls, { store, codec });
  });
};

const calls: FastifyPluginAsyncTypebox<{ store: Store; codec: RemoteCodec }> = async (
  app,
  { store, codec },
) => {
  for (const action of ['decode', 'encode'] as const) {
    app.post(
      `/${action}`,
      {
        config: { access: OPERATORS, rateLimit: {} },
        bodyLimit: CODEC_BODY_LIMIT,
        schema: {
          operationId: `${action}Payloads`,
          tags: ['operators'],
          summary: SUMMARIES[action],
          body: Payloads,
          response: {
            200: {
              description: 'The payloads, in order.',
              content: { 'application/json': { schema: Payloads } },
            },
            ...PROBLEMS,
            413: { ...PROBLEMS[413], description: TOO_LARGE },
          },
        },
      },
      async (request, reply) => {
        const { body } = request;
        const payloads = await Promise.all(
          body.payloads.map((payload, index) =>
            codec[action](payload as JsonPayload).catch(unreadable(index)),
          ),
        );
        if (action === 'decode' && payloads.length > 0) await auditDecoding(store, askerOf(request));
        return reply.header('cache-control', 'no-store').send({ payloads });
      },
    );
  }
};

/** Audits the reading before the answer: payloads are not shown unless it is recorded. The Web UI calls many times for one history, so calls are counted in one entry. */
async function auditDecoding(store: Store, { asActor }: Asker): Promise<void> {
  const entry = { migration: undefined, action: 'decode-payloads' as const, isRepeated: true, ...asActor };
  await transaction(store.control, 'audit-decoding', (tx) => addAuditEntries(tx, [entry]));
}

/** The error about a too large body names this route's limit, which differs from the common one. */
function withOwnLimit(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  return code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? new Problem('body-too-large', TOO_LARGE) : error;
}

function unreadable(index: number) {
  return (error: unknown): never => {
    if (!(error instanceof PayloadNotReadable)) throw error;
    throw new Problem('invalid-input', error.message, {
      errors: [
        {
          field: `payloads.${index}`,
          in: 'body',
          pointer: `#/payloads/${index}`,
          detail: 'cannot be decrypted',
        },
      ],
    });
  };
}
