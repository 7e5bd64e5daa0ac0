import type { Life } from './lives.js';

const never = new Promise<never>(() => undefined);

/** A small version of Temporal's history of a workflow: a completed step is not repeated, whatever dies. */
export class Journal {
  readonly #answers: unknown[] = [];
  #attempts = 1;
  #run = 0;

  /** The script's next run, in this life; the previous run no longer counts. */
  nextRun(life: Life): Run {
    this.#run += 1;
    const run = this.#run;
    let next = 0;
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      const index = next;
      next += 1;
      if (run !== this.#run) return never;
      if (index < this.#answers.length) return this.#answers[index] as T;
      const answer = await work();
      if (run !== this.#run) return never;
      this.#answers.push(answer);
      this.#attempts = 1;
      return answer;
    };
    const call: Life['call'] = (name, input) =>
      step(() => life.call(name, input, { activityId: String(next), attempt: this.#attempts }));
    return { life, step, call };
  }

  /** The process is dead: the step in progress is retried as the next attempt. */
  died(): void {
    this.#attempts += 1;
  }
}

export interface Run {
  readonly life: Life;
  step<T>(work: () => Promise<T>): Promise<T>;
  readonly call: Life['call'];
}
