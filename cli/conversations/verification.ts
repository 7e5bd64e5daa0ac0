import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { KindVerification } from '../engine/kind.js';
import { openVerifyProgress } from './verify-progress.js';
import { reportOf } from './verify-report.js';

export const accountVerification: KindVerification<MigrationView> = {
  openProgress(out) {
    const progress = openVerifyProgress(out);
    return {
      show: ({ verification: latest, paused }) => void (latest && progress.show(latest, paused)),
      end: () => progress.end(),
    };
  },
  ended({ account_id: accountId, verification: latest }) {
    if (latest === null || latest.state === 'running') return undefined;
    return {
      isEqual: latest.state === 'equal',
      result: latest,
      lines: (width) => reportOf(accountId, latest, width),
    };
  },
};
