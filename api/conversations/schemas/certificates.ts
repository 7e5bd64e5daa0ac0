import { AccountCertificate } from '../../../domain/conversations/certificate.js';
import { CERTIFICATE_STATUS_FIELDS } from '../../engine/schemas/certificates.js';
import { AccountId, Named } from '../../schemas/common.js';

/** Only describes the file; the code that creates and reads certificates validates them. */
export const Certificate = { ...AccountCertificate, title: 'Certificate' };

export const CertificateStatus = Named('CertificateStatus', {
  account_id: AccountId,
  ...CERTIFICATE_STATUS_FIELDS,
});
