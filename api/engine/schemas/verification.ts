import { Type } from 'typebox';
import { VERIFICATION_STATES } from '../../../domain/engine/verification.js';
import { Named, oneOf } from '../../schemas/common.js';

export const VerifyBody = Named('Verify', {
  repair: Type.Optional(
    Type.Boolean({ description: 'Import missing and different records again; nothing is deleted.' }),
  ),
});

export const VerificationState = Named('VerificationState', {
  state: oneOf(VERIFICATION_STATES),
  repair: Type.Boolean(),
});
