import { type Clock, timestamp } from '../../../domain/engine/clock.js';
import { requestAttachments } from '../../../gateways/store/conversations/attachments/brands-to-fetch.js';
import { makeCertificate } from '../../../gateways/store/conversations/certify/certify.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import * as verifications from '../../../gateways/store/conversations/verify/verifications.js';
import { type CodeVersion, runOfActivity } from '../../engine/certified-run.js';
import type { KindVerifications } from '../../engine/kind.js';

export interface VerificationDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly code: CodeVersion;
}

export function accountVerifications({ store, clock, code }: VerificationDependencies): KindVerifications {
  return {
    open: (verificationId) => verifications.openVerification(store.pool, verificationId),
    end: (accountId, verificationId, failure) =>
      transaction(store.control, 'end-verification', async (tx) => {
        const state = await verifications.endVerification(tx, verificationId, failure);
        // A repair, including one that failed, may have added messages with attachments.
        if (state !== undefined) await requestAttachments(tx, accountId, timestamp(clock));
        if (state === 'equal')
          await makeCertificate(tx, {
            accountId,
            after: 'verification',
            verificationId,
            code,
            workflow: runOfActivity(),
          });
        return state ?? 'forgotten';
      }),
  };
}
