import type { Clock } from '../../../domain/engine/clock.js';
import { EXIT } from './exit-status.js';
import { sentences } from './words.js';

export { EXIT } from './exit-status.js';

/** A command's surroundings; tests pass their own. */
export interface Terminal {
  /** Where the operator answers questions; without it nothing is asked. */
  readonly input?: Input | undefined;
  readonly out: Output;
  readonly error: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which a running `npm start` leaves its address; without it no demo is found. */
  readonly demoFolder?: string | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Input extends AsyncIterable<unknown> {
  readonly isTTY?: boolean | undefined;
}

export interface Output {
  write(text: string): unknown;
  /** Whether it is a terminal, so that lines can be redrawn in place. */
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

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

/**
 * Whether to colour: a terminal that is not dumb, without NO_COLOR. FORCE_COLOR decides before both, as in Node. `--no-color` removes it and
 * sets NO_COLOR.
 */
export function wantsColour(output: Output, environment: Terminal['environment']): boolean {
  const { NO_COLOR: no, FORCE_COLOR: forced, TERM: terminal } = environment;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return output.isTTY === true && !no && terminal !== 'dumb';
}
