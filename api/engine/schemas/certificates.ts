import { Type } from 'typebox';
import { Strict, Time, oneOf } from '../../schemas/common.js';

const SHA256 = '^[0-9a-f]{64}$';

export const CertificateStatusQuery = Strict({
  sha256: Type.Optional(
    Type.String({
      pattern: SHA256,
      description: 'Of the certificate that is asked about; left out, the latest.',
    }),
  ),
});

/** What every answer says of a certificate, beside whose migration it is about. */
export const CERTIFICATE_STATUS_FIELDS = {
  state: oneOf(['current', 'superseded', 'revoked', 'unknown'], {
    description:
      '`superseded`: a newer one was made, or a verification found differences since; `revoked`: a reset removed what it speaks of; ' +
      '`unknown`: this store has made no such certificate for the migration.',
  }),
  sha256: Type.String({
    pattern: SHA256,
    description: "SHA-256 of the certificate's text without a line end; hexadecimal.",
  }),
  made_at: Type.Union([Time, Type.Null()]),
  since: Type.Union([Time, Type.Null()], { description: 'Since when it is superseded or revoked.' }),
  why: Type.Union([oneOf(['newer-certificate', 'differences-found', 'reset']), Type.Null()]),
  revoked_by: Type.Union([Type.String(), Type.Null()], {
    description: "The token's `sub` of who asked for the reset.",
  }),
};

/** For those who read an answer. */
export const CertificateState = Strict(CERTIFICATE_STATUS_FIELDS);
