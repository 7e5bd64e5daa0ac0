import { type Command, Option } from 'commander';
import { print, wantsColour, type Output, type Terminal } from './terminal.js';

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The options of a command that `printable` made so. */
export interface Printing {
  readonly output?: OutputFormat;
  readonly json?: boolean;
}

/** Adds the options that choose how the command prints its answer. */
export function printable(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-o, --output <format>',
        'how to print it; default: CARRYOVER_OUTPUT, the profile, table',
      ).choices(OUTPUT_FORMATS),
    )
    .addOption(new Option('--json', 'the same as --output json').conflicts('output'));
}

/** Prints an answer as it was asked for: to people as lines, to programs as JSON or YAML. */
export class Printer {
  constructor(
    readonly format: OutputFormat,
    private readonly terminal: Terminal,
  ) {}

  get out(): Output {
    return this.terminal.out;
  }

  /** Whether to show all columns, and nothing shortened. */
  get isWide(): boolean {
    return this.format === 'wide';
  }

  /** The columns of the terminal; undefined if lines may be of any length. */
  get width(): number | undefined {
    return this.isWide ? undefined : this.out.columns;
  }

  /** Whether a program reads it. */
  get isForPrograms(): boolean {
    return this.format === 'json' || this.format === 'yaml';
  }

  get colour(): boolean {
    return wantsColour(this.out, this.terminal.environment);
  }

  /** Prints the answer if a program reads it; false if people do. */
  async data(answer: unknown): Promise<boolean> {
    if (this.format === 'json') print(this.out, JSON.stringify(answer, undefined, 2));
    else if (this.format === 'yaml') {
      const { stringify } = await import('yaml');
      this.out.write(stringify(answer));
    } else return false;
    return true;
  }

  /** Prints the answer, to people as these lines. */
  async show(answer: unknown, lines: () => readonly string[]): Promise<void> {
    if (!(await this.data(answer))) print(this.out, ...lines());
  }
}
