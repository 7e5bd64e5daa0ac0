import type { UserFailureType } from '../../../domain/onboarding/failures.js';
import { Problem } from '../../http/problems.js';

export function unknownMigration(): Problem {
  return new Problem('not-found', 'There is no such migration.');
}

export function unknownUser(): Problem {
  return new Problem('not-found', 'There is no such user.', { type: 'NoSuchUser' satisfies UserFailureType });
}

export function notMigrated(): Problem {
  return new Problem('conflict', 'The user is not migrated.', {
    type: 'NotMigrated' satisfies UserFailureType,
  });
}
