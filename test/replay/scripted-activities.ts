import type { OnboardingActivities } from '../../activities/onboarding/types.js';
import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import { followWorkflowId } from '../../domain/conversations/ids.js';
import { REPORT } from '../../domain/engine/ids.js';
import type { FollowActivities } from '../../activities/conversations/types.js';
import type { VerificationActivities } from '../workflows/fakes.js';

/** Of all workflows but migrations. */
export type Others = VerificationActivities & OperationActivities & FollowActivities & OnboardingActivities;

/** What activities do, by account; the report and polling have their workflows' names for one, a table's follower its table. */
export const scripts = new Map<string, Partial<Others>>();

const NAMES = [
  'openVerification',
  'verifyUnits',
  'finishTurns',
  'endVerification',
  'brandsToFetch',
  'sendReport',
  'endWorkflows',
  'cancelPorts',
  'removeImported',
  'finishReset',
  'retryQuarantined',
  'followTable',
  'pollSource',
  'runOnboardingBatch',
  'endOnboarding',
] as const satisfies readonly (keyof Others)[];
const calls: string[] = [];

export const callsOf = (accountId: string, name: keyof Others) =>
  calls.filter((call) => call === `${accountId} ${name}`).length;

const nameless: Partial<Record<keyof Others, string>> = {
  sendReport: REPORT.workflow,
  pollSource: followWorkflowId('polling'),
};

/** The activities; one whose account has no script for it does nothing. */
export const others = Object.fromEntries(
  NAMES.map((name) => [
    name,
    async (input?: { accountId?: string; subject?: string; table?: string; migrationId?: string }) => {
      const accountId =
        input?.accountId ?? input?.subject ?? input?.table ?? input?.migrationId ?? nameless[name] ?? '';
      calls.push(`${accountId} ${name}`);
      const script = scripts.get(accountId)?.[name] as ((input: unknown) => unknown) | undefined;
      return script?.(input);
    },
  ]),
);
