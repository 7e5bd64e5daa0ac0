/** Lines of Markdown for the Web UI, the same for every workflow. */

import type { RetryingSignal, Steering } from '../../domain/engine/messages.js';

export function retryLines(retrying: readonly RetryingSignal[] | undefined): string[] {
  return (retrying ?? []).map(
    ({ message, attempt, nextTryAt }) =>
      `**Being retried**: attempt ${attempt} failed. ${message} Next attempt: ${nextTryAt}.`,
  );
}

export function pauseLine(paused: Steering | undefined): string | false {
  return paused !== undefined && `**Paused** by ${paused.by} since ${paused.at}.`;
}

export function lines(...parts: (string | false)[]): string {
  return (
    parts
      .filter((part) => part !== false)
      .join('\n\n')
      // The Web UI requires an empty line before a list and none between its items.
      .replaceAll(/^(- .*)\n\n(?=- )/gm, '$1\n')
  );
}
