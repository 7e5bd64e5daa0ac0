import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { confirm } from '../../../cli/engine/terminal/confirm.js';
import type { Terminal } from '../../../cli/engine/terminal/terminal.js';
import { systemClock } from '../../../gateways/clock.js';

const CONSEQUENCE = 'This deletes everything.';

function terminalWith(typed: string | undefined) {
  let asked = '';
  const terminal: Terminal = {
    ...(typed === undefined ? {} : { input: Object.assign(Readable.from([typed]), { isTTY: true }) }),
    out: { write: () => undefined },
    error: { write: (text) => void (asked += text), isTTY: true },
    environment: {},
    signal: new AbortController().signal,
    clock: systemClock,
  };
  return { terminal, asked: () => asked };
}

it.each(['y\n', 'Yes\n', ' y \n'])('%j agrees', async (typed) => {
  const { terminal, asked } = terminalWith(typed);
  await confirm(CONSEQUENCE, false, terminal);
  expect(asked()).toBe('This deletes everything. Go on? [y/N] ');
});

it.each(['\n', 'n\n', 'yep\n'])(
  '%j does not agree: nothing is done, and the exit status is 2',
  async (typed) => {
    const { terminal } = terminalWith(typed);
    await expect(confirm(CONSEQUENCE, false, terminal)).rejects.toMatchObject({
      message: 'Nothing was done.',
      exitStatus: 2,
    });
  },
);

it('without a terminal to ask at it refuses, and --yes needs none', async () => {
  const { terminal, asked } = terminalWith(undefined);
  await expect(confirm(CONSEQUENCE, false, terminal)).rejects.toMatchObject({
    message: 'This deletes everything. To confirm, add --yes.',
    exitStatus: 2,
  });
  await confirm(CONSEQUENCE, true, terminal);
  expect(asked()).toBe('');
});
