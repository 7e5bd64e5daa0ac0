import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { OPERATORS } from '../../roles.js';
import { GUARDED, problems } from '../../schemas/problem.js';
import type { KnownKinds } from '../known-kinds.js';
import { certificateStatus, latestCertificate } from '../operations/certificate.js';
import { CertificateStatusQuery } from '../schemas/certificates.js';
import { KindCertificateStatus, MigrationParameter } from '../schemas/kinds.js';

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export const kindCertificates: FastifyPluginAsyncTypebox<{ kinds: KnownKinds }> = async (app, { kinds }) => {
  const files = kinds.all.flatMap(({ certificates }) => (certificates ? [certificates.file] : []));

  app.get(
    '/migrations/:key/certificate',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getKindCertificate',
        tags: ['operators'],
        summary: 'Returns the latest certificate of a migration that ended well',
        description: 'The certificate is signed: keep it byte for byte. 410 if a reset has revoked it.',
        params: MigrationParameter,
        response: {
          200: {
            description: 'The certificate.',
            content: {
              'application/json': { schema: Type.Unsafe({ title: 'KindCertificate', anyOf: files }) },
            },
          },
          ...problems(...GUARDED, 410),
        },
      },
    },
    async ({ params: { kind, key } }, reply) => {
      const { document } = await latestCertificate(kinds.of(kind).kind, key);
      return reply.type('application/json; charset=utf-8').send(document);
    },
  );

  app.get(
    '/migrations/:key/certificate/status',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'getKindCertificateStatus',
        tags: ['operators'],
        summary: 'Returns whether a certificate is current',
        params: MigrationParameter,
        querystring: CertificateStatusQuery,
        response: {
          200: {
            description: 'The state of the certificate.',
            content: { 'application/json': { schema: KindCertificateStatus } },
          },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ params: { kind, key }, query: { sha256 } }) => ({
      kind,
      key,
      ...(await certificateStatus(kinds.of(kind).kind, key, sha256)),
    }),
  );
};
