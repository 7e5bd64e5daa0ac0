import type { AccountCertificate } from '../../domain/conversations/certificate.js';
import { accountCertificates as form } from '../../domain/conversations/certificate-figures.js';
import type { KindCertificates } from '../engine/kind.js';
import { certificateLines } from './certificate-lines.js';

export const accountCertificates: KindCertificates<AccountCertificate['certificate']> = {
  form,
  contents: certificateLines,
};
