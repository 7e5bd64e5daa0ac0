import type { VerificationInput, VerificationProgress } from '../../domain/engine/verification.js';
import { runVerification } from '../engine/verification.js';
import { conversations } from './kind.js';

/** Verifies an account, brand by brand. */
export function VerificationWorkflow(input: VerificationInput): Promise<VerificationProgress> {
  return runVerification(conversations, input);
}
