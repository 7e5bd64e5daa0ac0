import type { RecordedFailure } from '../../../domain/engine/failures.js';
import type { MigrationView } from '../../conversations/schemas/migrations.js';

/** A failure as the API shows it. */
export function failureView(failure: RecordedFailure): NonNullable<MigrationView['failure']> {
  const { type, message, since, times, nextStep } = failure;
  return { type, message, since, times, next_step: nextStep };
}
