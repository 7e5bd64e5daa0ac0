import pc from 'picocolors';
import type { Clock } from '../../domain/engine/clock.js';

/** A second signal within this time after the first belongs to the same key press. */
const SAME_INTERRUPT_MILLISECONDS = 500;

/** Stops what has been started, in reverse order: on Ctrl-C, on SIGTERM, or when a part of it dies. */
export class Closing {
  readonly #ends: { readonly name: string; readonly end: () => Promise<void> }[] = [];
  readonly #controller = new AbortController();
  /** Resolves when the end is requested. */
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

  /**
   * A second Ctrl-C kills this process, and what it started ends with it. npm forwards signals that the terminal has also sent, so one key
   * press may arrive twice.
   */
  #interrupt(): void {
    const now = this.clock.elapsed();
    if (this.#interruptedAt !== undefined) {
      if (now - this.#interruptedAt > SAME_INTERRUPT_MILLISECONDS) process.kill(process.pid, 'SIGKILL');
      return;
    }
    this.#interruptedAt = now;
    this.say('Stopping everything, in order; npm start continues later. Ctrl-C again kills it.');
    this.ask();
  }

  /** Aborts when the end is requested. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Registers something to stop; what was registered later is stopped earlier. */
  later(name: string, end: () => Promise<void>): void {
    this.#ends.push({ name, end });
  }

  /** Requests the end; only the first reason counts. */
  ask(reason?: string): void {
    if (this.signal.aborted) return;
    this.reason = reason;
    if (reason !== undefined) process.stderr.write(`\n${pc.red('✖')} ${reason}\n`);
    this.#controller.abort();
  }

  /** The work's result, or undefined if the end was requested first. */
  async race<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.asked.then(() => undefined)]);
  }

  /** Stops everything, the last first. What fails to stop is reported, and the rest is still stopped. */
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
