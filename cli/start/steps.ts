import logUpdate from 'log-update';
import pc from 'picocolors';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MILLISECONDS = 100;
const MILLISECONDS_A_SECOND = 1_000;

/** Tells what is being brought up and how long it took: one line each, alive on a terminal, plain elsewhere. */
export class Steps {
  #timer: NodeJS.Timeout | undefined;

  async run<T>(name: string, work: (say: (message: string) => void) => Promise<T>): Promise<T> {
    const begun = performance.now();
    const seconds = () => ((performance.now() - begun) / MILLISECONDS_A_SECOND).toFixed(1);
    let said = '';
    const say = (message: string) => {
      if (message === said) return;
      said = message;
      if (!process.stdout.isTTY && !/^\d/.test(message)) process.stdout.write(`  ${message}\n`);
    };
    if (process.stdout.isTTY) {
      let frame = 0;
      this.#timer = setInterval(() => {
        frame += 1;
        const spinner = pc.cyan(FRAMES[frame % FRAMES.length] ?? '');
        logUpdate(
          `${spinner} ${name} ${pc.dim(`${seconds()} s`)}${said === '' ? '' : `\n  ${pc.dim(said)}`}`,
        );
      }, FRAME_MILLISECONDS);
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
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    logUpdate.clear();
  }
}
