import type { OperationActivities } from '../../activities/conversations/operations/types.js';
import { REPORT } from '../../domain/engine/ids.js';
import type { VerificationActivities } from '../workflows/fakes.js';

/** Of all workflows but migrations. */
export type Others = VerificationActivities & OperationActivities;

/** What activities do, by account; the report has its workflow's name for one. */
export const scripts = new Map<string, Partial<Others>>();

const NAMES = [
  'openVerification',
  'verifySlices',
  'finishTurn',
  'endVerification',
  'brandsToFetch',
  'sendReport',
  'endWorkflows',
  'cancelPorts',
  'removeImported',
  'finishReset',
  'retryQuarantined',
] as const satisfies readonly (keyof Others)[];
const calls: string[] = [];

export const callsOf = (accountId: string, name: keyof Others) =>
  calls.filter((call) => call === `${accountId} ${name}`).length;

/** The activities; one whose account has no script for it does nothing. */
export const others = Object.fromEntries(
  NAMES.map((name) => [
    name,
    async (input?: { accountId?: string; subject?: string }) => {
      const accountId = input?.accountId ?? input?.subject ?? REPORT.workflow;
      calls.push(`${accountId} ${name}`);
      const script = scripts.get(accountId)?.[name] as ((input: unknown) => unknown) | undefined;
      return script?.(input);
    },
  ]),
);
