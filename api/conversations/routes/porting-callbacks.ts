import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Compile } from 'typebox/compile';
import type { SignatureCheck } from '../../../gateways/carrier/signature.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { callbackOf, takeCallback } from '../operations/porting-callback.js';
import { type ValidationError, invalidInput } from '../../plugins/errors.js';
import { Problem, unreadableBody } from '../../http/problems.js';
import { type Refusals, addressOf } from '../../http/refusals.js';
import { CallbackBody, CallbackHeaders } from '../schemas/callbacks.js';
import { problems } from '../../schemas/problem.js';

const Body = Compile(CallbackBody);

/** This route takes no token: the signature over the raw body authenticates the carrier. It is checked before anything else in the request. */
export const portingCallbacks: FastifyPluginAsyncTypebox<{
  store: Store;
  checkSignature: SignatureCheck;
  refusals: Refusals;
}> = async (app, { store, checkSignature, refusals }) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post(
    '/porting-callbacks',
    {
      // The schema only documents the call; the body is parsed once its signature is valid.
      validatorCompiler: () => (value: unknown) => ({ value }),
      schema: {
        operationId: 'portingCallback',
        tags: ['carrier'],
        summary: "Takes the carrier's callback about a port order",
        description:
          'Signed according to Standard Webhooks. Idempotent: repeated, late and out-of-order callbacks are accepted, and only newer ' +
          'news changes the port. 401 for an invalid signature; 404 for an unknown order.',
        security: [],
        headers: CallbackHeaders,
        body: CallbackBody,
        response: {
          204: { type: 'null', description: 'Accepted, now or earlier.' },
          ...problems(400, 401, 404, 413, 503),
        },
      },
    },
    async (request, reply) => {
      const raw = (request.body as unknown as Buffer | undefined) ?? Buffer.alloc(0);
      const verdict = checkSignature(raw, request.headers);
      if (!verdict.holds) {
        // Only after the check, so that the carrier's own callbacks are accepted whoever else calls from its address.
        refusals.assertMayTry(request);
        refusals.count(request);
        request.log.warn({ why: verdict.why, from: addressOf(request) }, 'refused a porting callback');
        throw new Problem('signature-invalid', 'The signature is missing, wrong, or too old or new.');
      }
      await takeCallback(store, callbackOf(verdict, parse(raw)));
      app.delivery.wake();
      return reply.code(204).send(null);
    },
  );
};

function parse(raw: Buffer): CallbackBody {
  let body: unknown;
  try {
    body = JSON.parse(raw.toString('utf8'));
  } catch {
    throw unreadableBody();
  }
  const errors = Body.Check(body) ? [] : (Body.Errors(body) as unknown as readonly ValidationError[]);
  if (errors.length > 0) throw invalidInput(errors, 'body');
  const { timestamp } = body as CallbackBody;
  if (Number.isNaN(Date.parse(timestamp))) {
    throw invalidInput(
      [{ keyword: 'format', instancePath: '/timestamp', message: 'must be a date and time', params: {} }],
      'body',
    );
  }
  return body as CallbackBody;
}
