import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import type { Check, CheckContext, Finding } from './check.js';
import { skipped, wrong } from './check.js';
import { withoutSecrets } from './secrets.js';

export interface Examined extends Finding {
  readonly check: string;
}

/** Runs all checks at once, each with a time limit of its own. Never throws, and no finding contains a secret of the environment. */
export async function examine(
  checks: readonly Check[],
  context: Omit<CheckContext, 'signal'>,
): Promise<readonly Examined[]> {
  const clean = withoutSecrets(context.environment);
  const found = await Promise.all(
    checks.map(async (check) =>
      (await findingsOf(check, context)).map(({ state, what, fix }) => ({
        check: check.name,
        state,
        what: clean(what),
        ...(fix === undefined ? {} : { fix: clean(fix) }),
      })),
    ),
  );
  return found.flat();
}

async function findingsOf(check: Check, context: Omit<CheckContext, 'signal'>): Promise<readonly Finding[]> {
  const late = new AbortController();
  const { clock, timeoutMs } = context;
  const running = check
    .run({ ...context, signal: late.signal })
    .catch((error: unknown) => findingOfError(error, check.advice));
  let stop: () => void = () => undefined;
  const timeout = new Promise<readonly Finding[]>((resolve) => {
    stop = clock.after(timeoutMs, () => {
      late.abort();
      resolve([
        wrong(
          `It did not answer within ${timeoutMs / 1_000} s.`,
          'Check the address, the network and its firewalls; --timeout gives it longer.',
        ),
      ]);
    });
  });
  try {
    return await Promise.race([running, timeout]);
  } finally {
    stop();
  }
}

/** The messages of our own errors end with the next step. */
const NEXT_STEP = /\s((?:Run: |Create |Check |Correct |Set |Give |Update |Have |Is it running)[^]*)$/;

function findingOfError(error: unknown, advice: string): Finding[] {
  if (error instanceof ConfigurationError) return [skipped(error.problems.join(' '))];
  const message = error instanceof Error ? error.message : String(error);
  const [, fix] = NEXT_STEP.exec(message) ?? [];
  return fix === undefined
    ? [wrong(message, advice)]
    : [wrong(message.slice(0, -fix.length).trim(), fix.replace(/^Run: /, ''))];
}
