import type { Clock } from '../../domain/engine/clock.js';
import { sentences } from './words.js';

/** What a command has of the world: tests give it another one. */
export interface Terminal {
  readonly out: Output;
  readonly error: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a running `npm start` says how it is reached; nowhere when left out. */
  readonly demoFolder?: string | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Output {
  write(text: string): unknown;
  /** Whether a person looks at it, so that lines may be changed in place. */
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

/** Something a person did or asked for that cannot be; the message says what to do. Ends with the status. */
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

/** The same for sentences: on a terminal they are broken between words. */
export function say(output: Output, ...texts: readonly string[]): void {
  print(
    output,
    ...texts.flatMap((text) =>
      sentences(text, output.columns, /^ *(?:[✔✖] )?/u.exec(text)?.[0].replace(/\S/u, ' ')),
    ),
  );
}

/** Colour is for people: a terminal, and none of the usual wishes against it. */
export function wantsColour(output: Output, environment: Terminal['environment']): boolean {
  return output.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}
