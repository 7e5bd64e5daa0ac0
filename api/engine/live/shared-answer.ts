import type { Clock } from '../../../domain/engine/clock.js';

/** One answer for all who ask while it is fresh. A failure is not shared with those who ask later. */
export class SharedAnswer<Answer> {
  #last: { readonly at: number; readonly answer: Promise<Answer> } | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'elapsed'>,
    private readonly read: () => Promise<Answer>,
  ) {}

  /** An answer that is younger than this, in milliseconds. Throws what `read` throws. */
  get(freshMs: number): Promise<Answer> {
    const at = this.clock.elapsed();
    if (this.#last !== undefined && at - this.#last.at < freshMs) return this.#last.answer;
    const last = { at, answer: this.read() };
    this.#last = last;
    last.answer.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return last.answer;
  }
}
