import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CertificateFile } from '../../../domain/engine/certificate.js';
import { type CertificateRecord, readCertificate } from '../../../gateways/store/proof/certificate-reads.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { Problem } from '../../problems.js';
import { OPERATORS } from '../../roles.js';
import { CertificateStatus, CertificateStatusQuery } from '../schemas/certificates.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';

/** Checked where it is made and read; here it is only described. */
const Certificate = { ...CertificateFile, title: 'Certificate' };

const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

export const certificates: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
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
      const found = await readCertificate(store.pool, params.account_id);
      if (found === undefined) throw noCertificate();
      if (found.state === 'revoked') throw revoked(found);
      return reply.type('application/json; charset=utf-8').send(found.document as never);
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
    async ({ params: { account_id: accountId }, query: { sha256 } }) => {
      const found = await readCertificate(store.pool, accountId, sha256);
      if (found === undefined && sha256 === undefined) throw noCertificate();
      return {
        account_id: accountId,
        state: found?.state ?? ('unknown' as const),
        sha256: found?.sha256 ?? sha256 ?? '',
        made_at: found?.madeAt.toISOString() ?? null,
        since: found?.since?.toISOString() ?? null,
        why: found?.why ?? null,
        revoked_by: found?.revokedBy ?? null,
      };
    },
  );
};

function noCertificate(): Problem {
  return new Problem(
    'not-found',
    'There is no certificate: one is made when all messages are migrated, and when a verification finds all equal.',
  );
}

function revoked({ since, revokedBy }: CertificateRecord): Problem {
  return new Problem(
    'gone',
    `The certificate was revoked ${since?.toISOString()}, when ${revokedBy} had the account reset. A new one is made when all messages are migrated again.`,
  );
}
