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
        summary: 'The latest certificate of a migration that ended well',
        description:
          'Signed; keep it byte for byte. `carryover certificate check` needs nothing but the file. Whether it is superseded is ' +
          'told by `certificate/status`; after a reset it is revoked, which is answered with 410.',
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
        summary: 'Whether a certificate still says what is so',
        params: AccountIdParameter,
        querystring: CertificateStatusQuery,
        response: {
          200: {
            description: 'What became of it.',
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
