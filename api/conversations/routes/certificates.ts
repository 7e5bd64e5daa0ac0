import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { ServedKind } from '../../engine/known-kinds.js';
import { certificateStatus, latestCertificate } from '../../engine/operations/certificate.js';
import { CertificateStatusQuery } from '../../engine/schemas/certificates.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import { Certificate, CertificateStatus } from '../schemas/certificates.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export const certificates: FastifyPluginAsyncTypebox<{ served: ServedKind }> = async (app, { served }) => {
  app.get(
    '/migrations/:account_id/certificate',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getCertificate',
        tags: ['operators'],
        summary: 'Returns the latest certificate of a migration that ended well',
        description:
          'The certificate is signed: keep it byte for byte. `carryover certificate check` needs only the file. ' +
          '`certificate/status` reports whether it is superseded. 410 if a reset has revoked it.',
        params: AccountIdParameter,
        response: {
          200: {
            description: 'The certificate.',
            content: { 'application/json': { schema: Certificate } },
          },
          ...problems(...GUARDED, 410),
        },
      },
    },
    async ({ params }, reply) => {
      const { document } = await latestCertificate(served.kind, params.account_id);
      return reply.type('application/json; charset=utf-8').send(document as never);
    },
  );

  app.get(
    '/migrations/:account_id/certificate/status',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getCertificateStatus',
        tags: ['operators'],
        summary: 'Returns whether a certificate is current',
        params: AccountIdParameter,
        querystring: CertificateStatusQuery,
        response: {
          200: {
            description: 'The state of the certificate.',
            content: { 'application/json': { schema: CertificateStatus } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { account_id: accountId }, query: { sha256 } }) => ({
      account_id: accountId,
      ...(await certificateStatus(served.kind, accountId, sha256)),
    }),
  );
};
