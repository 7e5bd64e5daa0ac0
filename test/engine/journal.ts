import type { Life } from './lives.js';

const never = new Promise<never>(() => undefined);

/** What Temporal keeps for a workflow, in small: a step that has answered is not done again, whatever dies. */
export class Journal {
  readonly #answers: unknown[] = [];
  #attempts = 1;
  #run = 0;

  /** The script's next run, in this life; what the one before still does counts no more. */
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

  /** Whoever ran it is dead: the step that was under way is tried again, as the next attempt. */
  died(): void {
    this.#attempts += 1;
  }
}

export interface Run {
  readonly life: Life;
  step<T>(work: () => Promise<T>): Promise<T>;
  readonly call: Life['call'];
}
