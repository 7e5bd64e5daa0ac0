import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CertificateFile } from '../../domain/certificate.js';
import { readCertificate } from '../../gateways/store/certificates.js';
import type { Store } from '../../gateways/store/connect.js';
import { askerOf } from '../operations/asker.js';
import { verify } from '../operations/verify.js';
import { DELIVERY_WAIT_MS } from '../options.js';
import { Problem } from '../problems.js';
import { OPERATORS } from '../roles.js';
import { AccountIdParameter } from '../schemas/common.js';
import { GUARDED, GUARDED_BODY, problems } from '../schemas/problem.js';
import { VerifyBody, VerifyStarted } from '../schemas/verification.js';

/** Checked where it is made and read; here it is only described. */
const Certificate = { ...CertificateFile, title: 'Certificate' };

export const verification: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/migrations/:account_id/verify',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'verifyMigration',
        tags: ['operators'],
        summary: 'Reads the source again and compares everything with the store',
        description:
          'The result is `verification` in the migration. With `repair` what is missing or different is imported again, then ' +
          'everything is compared once more; what the store has and the source does not is named, and never taken away.',
        params: AccountIdParameter,
        body: VerifyBody,
        response: {
          202: {
            description: 'Under way; saying it twice is harmless.',
            content: { 'application/json': { schema: VerifyStarted } },
          },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.params.account_id;
      const { repair } = await verify(store, accountId, request.body.repair ?? false, askerOf(request));
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply
        .code(202)
        .send({ account_id: accountId, verification: { state: 'running' as const, repair } });
    },
  );

  app.get(
    '/migrations/:account_id/certificate',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'getCertificate',
        tags: ['operators'],
        summary: 'The latest certificate of a migration that ended well',
        description:
          'Signed; keep it byte for byte. `carryover certificate check` needs nothing but the file.',
        params: AccountIdParameter,
        response: {
          200: {
            description: 'The certificate.',
            content: { 'application/json': { schema: Certificate } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params }, reply) => {
      const text = await readCertificate(store.pool, params.account_id);
      if (text === undefined) {
        throw new Problem(
          'not-found',
          'There is no certificate: one is made when all messages are migrated, and when a verification finds all equal.',
        );
      }
      return reply.type('application/json; charset=utf-8').send(text as never);
    },
  );
};
