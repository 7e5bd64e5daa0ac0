import type { Check, Finding } from '../../../cli/doctor/check.js';
import { type Examined, examine } from '../../../cli/doctor/examine.js';
import { systemClock } from '../../../gateways/clock.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the check finds with these variables. */
export async function findings(check: Check, environment: Environment): Promise<readonly Finding[]> {
  const found = await examined([check], environment);
  return found.map(({ check: _check, ...finding }) => finding);
}

export function examined(
  checks: readonly Check[],
  environment: Environment,
  { timeoutMs = 30_000, send = false } = {},
): Promise<readonly Examined[]> {
  return examine(checks, { environment, clock: systemClock, timeoutMs, send });
}

/** The states in order, for a first look. */
export const statesOf = (found: readonly Finding[]): string[] => found.map(({ state }) => state);
