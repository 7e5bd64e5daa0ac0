import type { KindVerification } from '../engine/kind.js';
import { print } from '../engine/terminal/terminal.js';
import type { InboxView, Verification } from './view.js';

export const inboxVerification: KindVerification<InboxView> = {
  openProgress: (out) => ({
    show: ({ verification: latest }) => {
      if (latest !== null) print(out, `${latest.conversations} conversations checked`);
    },
    end: () => undefined,
  }),
  ended({ verification: latest }) {
    if (latest === null || latest.state === 'running') return undefined;
    return { isEqual: latest.state === 'equal', result: latest, lines: () => verificationLines(latest) };
  },
};

function verificationLines({ state, conversations, broken }: Verification): string[] {
  if (state === 'failed') return ['The verification has failed.'];
  return [
    `${conversations} moved conversations were checked.`,
    ...(state === 'equal'
      ? ['All of them are correct.']
      : broken.map(
          ({ count, conversations: ids, rules }) =>
            `✖ ${count} rows break a rule (${rules.join(', ')}), such as those of conversation ${ids.join(', ')}.`,
        )),
  ];
}
