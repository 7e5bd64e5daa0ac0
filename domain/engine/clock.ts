/** Ends what was begun; a second call does nothing. */
export type Stop = () => void;

export interface TimerOptions {
  /** False lets the process end while the timer is pending; default true. */
  readonly ref?: boolean;
}

export interface SleepOptions extends TimerOptions {
  /** Ends the sleep early: it rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Time as a parameter. Whatever waits, measures or stamps takes a clock, so that a test can let an hour pass in no time and in a fixed
 * order. Durations are milliseconds. Workflows have Temporal's clock instead.
 */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. Use it to measure. */
  elapsed(): number;
  sleep(ms: number, options?: SleepOptions): Promise<void>;
  /** Calls `task` once. */
  after(ms: number, task: () => void, options?: TimerOptions): Stop;
  /** Calls `task` again and again, for the first time after `ms`. */
  every(ms: number, task: () => void, options?: TimerOptions): Stop;
}

/** ISO 8601, as stored and shown. */
export function timestamp(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString();
}
