import type { Clock, Wait } from './clock.js';
import { Heap } from './heap.js';

/**
 * A worker process whose concurrent work shares it evenly (processor sharing). All work advances by the same amount, so one number holds the
 * progress of all, and the work that needs least of it ends next.
 */
export class SharedMachine {
  /** The seconds of work that each running process would have received if all had been running from the beginning. */
  #progress = 0;
  #since = 0;
  #changes = 0;
  readonly #running = new Heap<{ until: number; resume: () => void }>(
    (one, other) => one.until < other.until,
  );

  constructor(private readonly clock: Clock) {}

  /** Waits for work that takes this many seconds if nothing else runs. */
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
