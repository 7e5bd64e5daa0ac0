import type { Clock, Wait } from './clock.js';
import { Heap } from './heap.js';

/**
 * A worker process: what runs in it at the same time shares it evenly (processor sharing). Everybody's work goes on by the same amount,
 * so one number says how far all are, and the next to end is the one that wants the least of it.
 */
export class SharedMachine {
  /** Seconds of work that each of those running would have had if all had been there from the beginning. */
  #progress = 0;
  #since = 0;
  #changes = 0;
  readonly #running = new Heap<{ until: number; resume: () => void }>(
    (one, other) => one.until < other.until,
  );

  constructor(private readonly clock: Clock) {}

  /** Work that takes so many seconds where nothing else runs. */
  work(seconds: number): Wait {
    return (resume) => {
      this.#catchUp();
      this.#running.push({ until: this.#progress + seconds, resume });
      this.#plan();
    };
  }

  #catchUp(): void {
    const { now } = this.clock;
    if (this.#running.size > 0) this.#progress += (now - this.#since) / this.#running.size;
    this.#since = now;
  }

  #plan(): void {
    const next = this.#running.first;
    const change = (this.#changes += 1);
    if (next === undefined) return;
    const seconds = Math.max(0, next.until - this.#progress) * this.#running.size;
    this.clock.at(this.clock.now + seconds, () => {
      if (change !== this.#changes) return;
      this.#catchUp();
      this.#progress = next.until;
      this.#running.pop();
      this.#plan();
      next.resume();
    });
  }
}
