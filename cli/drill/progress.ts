import { print, type Terminal } from '../engine/terminal/terminal.js';
import { shorten } from '../engine/terminal/words.js';

const CLEAR_LINE = '\r\u001b[2K';

/** Reports progress on standard error: on a terminal in one line that is replaced, otherwise in a line for each step. */
export class Progress {
  #said = '';

  constructor(private readonly terminal: Pick<Terminal, 'error'>) {}

  show(title: string, message: string): void {
    const line = `${title}: ${message}`;
    if (line === this.#said) return;
    this.#said = line;
    const { error } = this.terminal;
    if (error.isTTY === true) error.write(`${CLEAR_LINE}${shorten(line, (error.columns ?? 80) - 1)}`);
    else print(error, line);
  }

  /** Takes the terminal's line away. */
  clear(): void {
    this.#said = '';
    if (this.terminal.error.isTTY === true) this.terminal.error.write(CLEAR_LINE);
  }
}
