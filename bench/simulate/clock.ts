import { Heap } from './heap.js';

/** What a process waits for: it calls `resume` once, at its end. */
export type Wait = (resume: () => void) => void;

/** A process in simulated time; it waits for what it yields. */
export type Process = Generator<Wait, void, void>;

/** Simulated time in seconds. Events that are due at the same moment run in the order in which they were scheduled, so that runs are repeatable. */
export class Clock {
  #now = 0;
  #asked = 0;
  readonly #due = new Heap<{ at: number; order: number; action: () => void }>(
    (one, other) => one.at < other.at || (one.at === other.at && one.order < other.order),
  );

  get now(): number {
    return this.#now;
  }

  at(time: number, action: () => void): void {
    this.#due.push({ at: Math.max(time, this.#now), order: (this.#asked += 1), action });
  }

  after(seconds: number): Wait {
    return (resume) => this.at(this.#now + seconds, resume);
  }

  begin(process: Process): void {
    go(process, () => undefined);
  }

  /** Runs until nothing is due any more. */
  run(): void {
    for (let next = this.#due.pop(); next; next = this.#due.pop()) {
      this.#now = next.at;
      next.action();
    }
  }
}

/** Runs all processes concurrently; ends with the last. */
export function together(processes: readonly Process[]): Wait {
  return (resume) => {
    let left = processes.length;
    if (left === 0) resume();
    for (const process of processes) {
      go(process, () => {
        left -= 1;
        if (left === 0) resume();
      });
    }
  };
}

function go(process: Process, ended: () => void): void {
  const step = process.next();
  if (step.done === true) ended();
  else step.value(() => go(process, ended));
}
