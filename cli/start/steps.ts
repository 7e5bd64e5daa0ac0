import logUpdate from 'log-update';
import pc from 'picocolors';
import type { Clock, Stop } from '../../domain/engine/clock.js';
import { bar, percent } from '../conversations/progress/bar.js';

/** Reports what a step waits for, with the share that is done if it is known. */
export type Say = (message: string, share?: number) => void;

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MILLISECONDS = 100;
const MILLISECONDS_A_SECOND = 1_000;

/** Shows each step and how long it took, a line each; a terminal gets a live line with a spinner. */
export class Steps {
  #stopDrawing: Stop | undefined;

  constructor(private readonly clock: Clock) {}

  async run<T>(name: string, work: (say: Say) => Promise<T>): Promise<T> {
    const begun = this.clock.elapsed();
    const seconds = () => ((this.clock.elapsed() - begun) / MILLISECONDS_A_SECOND).toFixed(1);
    let said = '';
    let quarter = -1;
    const say: Say = (message, share) => {
      const line = share === undefined ? message : `${barOf(share)} ${message}`;
      if (line === said) return;
      said = line;
      const reached = share === undefined ? -1 : Math.floor(share * 4);
      if (process.stdout.isTTY || (share !== undefined && reached === quarter)) return;
      quarter = reached;
      process.stdout.write(`  ${message}\n`);
    };
    if (process.stdout.isTTY) {
      let frame = 0;
      this.#stopDrawing = this.clock.every(FRAME_MILLISECONDS, () => {
        frame += 1;
        const spinner = pc.cyan(FRAMES[frame % FRAMES.length] ?? '');
        logUpdate(
          `${spinner} ${name} ${pc.dim(`${seconds()} s`)}${said === '' ? '' : `\n  ${pc.dim(said)}`}`,
        );
      });
    }
    try {
      const result = await work(say);
      this.end();
      process.stdout.write(`${pc.green('✔')} ${name} ${pc.dim(`${seconds()} s`)}\n`);
      return result;
    } catch (error) {
      this.end();
      process.stdout.write(`${pc.red('✖')} ${name}\n`);
      throw error;
    }
  }

  end(): void {
    if (this.#stopDrawing === undefined) return;
    this.#stopDrawing();
    this.#stopDrawing = undefined;
    logUpdate.clear();
  }
}

const BAR_WIDTH = 20;

function barOf(share: number): string {
  const { filled, empty } = bar(share, BAR_WIDTH);
  return `${filled}${empty} ${percent(share).padStart(5)}`;
}
