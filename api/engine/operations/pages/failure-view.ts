import type { RecordedFailure } from '../../../../domain/engine/failures/failures.js';
import type { Static } from 'typebox';
import type { FailureReason } from '../../../schemas/common.js';

/** The API's view of a failure. */
export function failureView(failure: RecordedFailure): Static<typeof FailureReason> {
  const { type, message, since, times, nextStep } = failure;
  return { type, message, since, times, next_step: nextStep };
}
