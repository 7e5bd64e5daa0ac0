import { createColors } from 'picocolors';
import { readEnvFile } from '../environment/env-file.js';
import type { ApiClient } from '../engine/api/client.js';
import type { CliKinds } from '../engine/choose-kind.js';
import { nearest } from '../engine/nearest.js';
import type { Printer, Printing } from '../engine/terminal/output.js';
import { CommandError, EXIT, print, type Terminal } from '../engine/terminal/terminal.js';
import { padEnd, plural, sentences } from '../engine/terminal/words.js';
import { runningDemo } from '../demo.js';
import { withAwsVariables } from './aws-variables.js';
import type { Check, State } from './check.js';
import { alerts } from './checks/alerts.js';
import { apiCheck } from './checks/api.js';
import { attachments } from './checks/attachments.js';
import { clocks } from './checks/clock.js';
import { configuration } from './checks/configuration.js';
import { dynamodb } from './checks/dynamodb.js';
import { carrier, conversations } from './checks/services.js';
import { slack } from './checks/slack.js';
import { store } from './checks/store.js';
import { temporal } from './checks/temporal.js';
import { type Examined, examine } from './examine.js';

export interface DoctorCommand extends Printing {
  readonly envFile?: string;
  /** Seconds for each check. */
  readonly timeout: number;
  readonly send: boolean;
}

export interface Examining {
  readonly connect: (signal: AbortSignal) => ApiClient;
  readonly kinds: CliKinds;
  readonly printer: Printer;
  readonly terminal: Terminal;
}

/** Checks the dependencies of an installation. Returns the exit status: fine unless something is wrong. Changes nothing that stays. */
export async function doctor(
  names: readonly string[],
  { envFile, timeout, send }: DoctorCommand,
  { connect, kinds, printer, terminal }: Examining,
): Promise<number> {
  const checks = chosen(
    [
      ...[configuration, apiCheck(connect), temporal, store, dynamodb],
      ...[conversations, carrier, attachments, slack, alerts, clocks],
      ...(await Promise.all(Object.values(kinds).map(async (kind) => (await kind.checks?.()) ?? []))).flat(),
    ],
    names,
  );
  const environment =
    envFile === undefined
      ? (environmentOfDemo(terminal) ?? terminal.environment)
      : { ...terminal.environment, ...(await readEnvFile(envFile)) };
  const found = await withAwsVariables(environment, () =>
    examine(checks, { environment, clock: terminal.clock, timeoutMs: timeout * 1_000, send }),
  );
  await printer.show(found, () => linesOf(found, printer));
  return found.some(({ state }) => state === 'wrong') ? EXIT.failed : EXIT.fine;
}

/** The demo's variables, where the caller has set none of an installation. */
function environmentOfDemo({ environment, demoFolder, error }: Terminal) {
  if (environment['DATABASE_URL'] || environment['CARRYOVER_URL'] || demoFolder === undefined)
    return undefined;
  const demo = runningDemo(demoFolder);
  if (demo) print(error, 'DATABASE_URL is not set: checking the demo of npm start, with its variables.');
  return demo && { ...environment, ...demo.environment };
}

function chosen(checks: readonly Check[], names: readonly string[]): readonly Check[] {
  const known = checks.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new CommandError(
      `There is no check "${unknown}": there are ${known.join(', ')}.${nearest(unknown, known)}`,
      EXIT.usage,
    );
  return names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name));
}

const MARKS: Readonly<Record<State, string>> = { ok: '✔', warning: '!', wrong: '✖', skipped: '-' };

function linesOf(found: readonly Examined[], { colour, width }: Printer): string[] {
  const colours = createColors(colour);
  const paints = { ok: colours.green, warning: colours.yellow, wrong: colours.red, skipped: colours.dim };
  const room = Math.max(...found.map(({ check }) => check.length));
  const indent = ' '.repeat(room + 4);
  const wrapped = (text: string) => sentences(text, width === undefined ? width : width - indent.length);
  const lines = found.flatMap(({ check, state, what, fix }) => {
    const [first = '', ...more] = wrapped(what);
    return [
      `${paints[state](MARKS[state])} ${padEnd(check, room)}  ${first}`,
      ...[...more, ...(fix === undefined ? [] : wrapped(`→ ${fix}`))].map((line) => indent + line),
    ];
  });
  return [...lines, '', conclusionOf(found)];
}

function conclusionOf(found: readonly Examined[]): string {
  const count = (state: State) => found.filter((each) => each.state === state).length;
  const parts = [
    ...(count('wrong') > 0 ? [`${count('wrong')} wrong`] : []),
    ...(count('warning') > 0 ? [plural(count('warning'), 'warning')] : []),
    ...(count('skipped') > 0 ? [`${count('skipped')} skipped`] : []),
  ];
  return parts.length === 0 ? 'Everything is fine.' : `${parts.join(', ')}.`;
}
