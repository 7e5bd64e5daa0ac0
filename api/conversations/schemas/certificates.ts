import { CertificateFile } from '../../../domain/engine/certificate.js';
import { CERTIFICATE_STATUS_FIELDS } from '../../engine/schemas/certificates.js';
import { AccountId, Named } from '../../schemas/common.js';

/** Checked where it is made and read; here it is only described. */
export const Certificate = { ...CertificateFile, title: 'Certificate' };

export const CertificateStatus = Named('CertificateStatus', {
  account_id: AccountId,
  ...CERTIFICATE_STATUS_FIELDS,
});
