/** What the Web UI shows of any workflow: lines of Markdown. */

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
      // The Web UI takes a list for one only behind an empty line; between its items it needs none.
      .replaceAll(/^(- .*)\n\n(?=- )/gm, '$1\n')
  );
}
