import { Type } from 'typebox';
import { Strict, Time, oneOf } from '../../schemas/common.js';

const SHA256 = '^[0-9a-f]{64}$';

export const CertificateStatusQuery = Strict({
  sha256: Type.Optional(
    Type.String({
      pattern: SHA256,
      description: 'SHA-256 of the certificate; default: the latest.',
    }),
  ),
});

/** The fields of a certificate's status in every answer, besides the migration. */
export const CERTIFICATE_STATUS_FIELDS = {
  state: oneOf(['current', 'superseded', 'revoked', 'unknown'], {
    description:
      '`superseded`: there is a newer one, or a verification has found differences since; `revoked`: a reset deleted the data it ' +
      'certifies; `unknown`: this installation did not create it for the migration.',
  }),
  sha256: Type.String({
    pattern: SHA256,
    description: "SHA-256 of the certificate's text without a line end; hexadecimal.",
  }),
  made_at: Type.Union([Time, Type.Null()]),
  since: Type.Union([Time, Type.Null()], { description: 'When it was superseded or revoked.' }),
  why: Type.Union([oneOf(['newer-certificate', 'differences-found', 'reset']), Type.Null()]),
  revoked_by: Type.Union([Type.String(), Type.Null()], {
    description: 'The `sub` of the token that requested the reset.',
  }),
};

/** The type of an answer for clients. */
export const CertificateState = Strict(CERTIFICATE_STATUS_FIELDS);
