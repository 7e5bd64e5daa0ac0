import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Compile } from 'typebox/compile';
import type { SignatureCheck } from '../../../gateways/carrier/signature.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { callbackOf, takeCallback } from '../operations/porting-callback.js';
import { type ValidationError, invalidInput } from '../../plugins/errors.js';
import { Problem, unreadableBody } from '../../problems.js';
import { type Refusals, addressOf } from '../../refusals.js';
import { CallbackBody, CallbackHeaders } from '../schemas/callbacks.js';
import { problems } from '../../schemas/problem.js';

const Body = Compile(CallbackBody);

/** No token: the signature over the body as it came says who calls. It is looked at before anything else in the request. */
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
      // The schema is for the reference; the body is parsed once its signature holds.
      validatorCompiler: () => (value: unknown) => ({ value }),
      schema: {
        operationId: 'portingCallback',
        tags: ['carrier'],
        summary: 'The carrier tells of a port order',
        description:
          'Signed as Standard Webhooks says. Late, repeated and out-of-order callbacks are welcome.',
        security: [],
        headers: CallbackHeaders,
        body: CallbackBody,
        response: {
          204: { type: 'null', description: 'Taken, now or before.' },
          ...problems(400, 401, 404, 413, 503),
        },
      },
    },
    async (request, reply) => {
      const raw = (request.body as unknown as Buffer | undefined) ?? Buffer.alloc(0);
      const verdict = checkSignature(raw, request.headers);
      if (!verdict.holds) {
        // Only now: whoever else is at the carrier's address, its own callbacks are taken.
        refusals.assertMayTry(request);
        refusals.count(request);
        request.log.warn({ why: verdict.why, from: addressOf(request) }, 'a porting callback is refused');
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
