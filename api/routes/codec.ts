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
import { Problem } from '../problems.js';
import { OPERATORS } from '../roles.js';
import { Payloads } from '../schemas/codec.js';
import { problems } from '../schemas/problem.js';
import type { Refusals } from '../refusals.js';
import type { TokenVerifier } from '../tokens.js';

/** Temporal lets one payload have 2 MB, which are 2.7 in base64; nobody is heard here before the token has been checked. */
const CODEC_BODY_LIMIT = 4 * 1024 * 1024;

const TOO_LARGE = 'The body is larger than 4 MB.';

const PROBLEMS = problems(400, 401, 403, 413, 415, 503);

const SUMMARIES = {
  decode: "Opens Temporal's encrypted payloads, for its Web UI and command line; who did is in the audit",
  encode: 'Encrypts payloads as the workers do',
};

interface CodecOptions {
  readonly store: Store;
  readonly codec: RemoteCodec;
  readonly tokens: TokenVerifier;
  readonly refusals: Refusals;
  /** The Web UI, whose pages may call this from a browser; nobody else's may. */
  readonly temporalUiUrl?: string | undefined;
}

/** Temporal's protocol for remote codecs. Payloads that are not encrypted come back as they are. */
export const codec: FastifyPluginAsyncTypebox<CodecOptions> = async (
  app,
  { store, codec, tokens, refusals, temporalUiUrl },
) => {
  await app.register(browserAccess, { url: temporalUiUrl, paths: ['/decode', '/encode'] });
  // In a scope of its own: a browser asks before it calls, and sends no token then.
  await app.register(async (guarded) => {
    guarded.setErrorHandler((error, request, reply) => sendProblem(saidHere(error), request, reply));
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
        if (action === 'decode' && payloads.length > 0) await noteOpened(store, askerOf(request));
        return reply.header('cache-control', 'no-store').send({ payloads });
      },
    );
  }
};

/** Before they are answered: what cannot be written down is not shown. The Web UI asks many times for one history: those are counted. */
async function noteOpened(store: Store, { asActor }: Asker): Promise<void> {
  const entry = { migration: undefined, action: 'decode-payloads' as const, isRepeated: true, ...asActor };
  await transaction(store.control, 'audit-decoding', (tx) => addAuditEntries(tx, [entry]));
}

function saidHere(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  return code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? new Problem('body-too-large', TOO_LARGE) : error;
}

function unreadable(index: number) {
  return (error: unknown): never => {
    if (!(error instanceof PayloadNotReadable)) throw error;
    throw new Problem('invalid-input', error.message, {
      errors: [
        { field: `payloads.${index}`, in: 'body', pointer: `#/payloads/${index}`, detail: 'does not open' },
      ],
    });
  };
}
