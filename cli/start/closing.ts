import pc from 'picocolors';
import type { Clock } from '../../domain/engine/clock.js';

/** So soon after a first signal, a second one is the same key press. */
const SAME_INTERRUPT_MILLISECONDS = 500;

/** What has been started, in order, and how it ends: on Ctrl-C, on SIGTERM, or when a part of it ends by itself. */
export class Closing {
  readonly #ends: { readonly name: string; readonly end: () => Promise<void> }[] = [];
  readonly #controller = new AbortController();
  /** Resolves when the end has been asked for. */
  readonly asked = new Promise<void>((resolve) => {
    this.#controller.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  reason: string | undefined;

  #interruptedAt: number | undefined;

  /** @param say writes a line for the person who waits. */
  constructor(
    private readonly clock: Clock,
    private readonly say: (line: string) => void,
  ) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => this.#interrupt());
  }

  /** A second Ctrl-C kills: what was started ends with this process. npm passes on what the terminal has sent already. */
  #interrupt(): void {
    const now = this.clock.elapsed();
    if (this.#interruptedAt !== undefined) {
      if (now - this.#interruptedAt > SAME_INTERRUPT_MILLISECONDS) process.kill(process.pid, 'SIGKILL');
      return;
    }
    this.#interruptedAt = now;
    this.say('Ending everything, in order; npm start goes on later. Ctrl-C again kills it.');
    this.ask();
  }

  /** Aborted as soon as the end has been asked for. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** To be ended before what was named earlier. */
  later(name: string, end: () => Promise<void>): void {
    this.#ends.push({ name, end });
  }

  /** Asks for the end; only the first reason counts. */
  ask(reason?: string): void {
    if (this.signal.aborted) return;
    this.reason = reason;
    if (reason !== undefined) process.stderr.write(`\n${pc.red('✖')} ${reason}\n`);
    this.#controller.abort();
  }

  /** The work's result, or undefined when the end was asked for first. */
  async race<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.asked.then(() => undefined)]);
  }

  /** Ends everything, last started first. What cannot be ended is told and does not keep the others. */
  async close(): Promise<void> {
    this.ask();
    for (const { name, end } of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        process.stderr.write(`${name} did not end cleanly: ${String(error)}\n`);
      }
    }
  }
}
