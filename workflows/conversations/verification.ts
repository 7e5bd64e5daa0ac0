import type { VerificationActivities } from '../../activities/conversations/verification/types.js';
import type { VerificationInput, VerificationProgress } from '../../domain/engine/verification.js';
import { ActivityProxies } from '../engine/activities.js';
import { type Turn, type VerificationCalls, runVerification } from '../engine/verification.js';
import { conversations } from './kind.js';

/** Verifies an account, brand by brand. */
export function VerificationWorkflow(input: VerificationInput): Promise<VerificationProgress> {
  return runVerification({ words: conversations.words, verification: callsOf }, input);
}

/** Runs at background priority: imports that somebody waits for go first. */
function callsOf({ subject: accountId, verificationId }: VerificationInput): VerificationCalls {
  const ref = { accountId, verificationId };
  const proxies = new ActivityProxies<VerificationActivities>(accountId);
  const calls = proxies.with('call', 'Open or end the verification', 'background');
  const turnOf = ({ unit: brandId, pass, repair }: Turn) => ({ ...ref, brandId, pass, repair });
  return {
    async open() {
      const { running, repair, brandIds } = await calls.openVerification(ref);
      return { running, repair, units: brandIds };
    },
    runLane: (turn) => proxies.with('lane', 'Compare records', 'background').verifySlices(turnOf(turn)),
    finishTurn: (turn) =>
      proxies.with('check', 'Find what the source does not have', 'background').finishTurn(turnOf(turn)),
    end: (failure) => calls.endVerification({ ...ref, ...(failure && { failure }) }),
  };
}
