import type { Clock } from '../../domain/engine/clock.js';
import { sentences } from './words.js';

/** A command's surroundings; tests pass their own. */
export interface Terminal {
  readonly out: Output;
  readonly error: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which a running `npm start` leaves its address; without it no demo is found. */
  readonly demoFolder?: string | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Output {
  write(text: string): unknown;
  /** Whether it is a terminal, so that lines can be redrawn in place. */
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Documented in `carryover --help`. */
export const EXIT = {
  fine: 0,
  failed: 1,
  usage: 2,
  attention: 3,
  keyNotChecked: 4,
  configuration: 78,
} as const;

/** An error for the operator: the message says what to do, and the program ends with the status. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly exitStatus: number = EXIT.failed,
  ) {
    super(message);
  }
}

export function print(output: Output, ...lines: readonly string[]): void {
  output.write(lines.map((line) => `${line}\n`).join(''));
}

/** Prints sentences; a terminal gets them wrapped between words. */
export function say(output: Output, ...texts: readonly string[]): void {
  print(
    output,
    ...texts.flatMap((text) =>
      sentences(text, output.columns, /^ *(?:[✔✖] )?/u.exec(text)?.[0].replace(/\S/u, ' ')),
    ),
  );
}

/** Whether to colour: only a terminal, without NO_COLOR, that is not dumb. */
export function wantsColour(output: Output, environment: Terminal['environment']): boolean {
  return output.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}
