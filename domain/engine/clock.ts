/** Stops a timer; a second call changes nothing. */
export type Stop = () => void;

export interface TimerOptions {
  /** False lets the process exit while the timer is pending; default true. */
  readonly ref?: boolean;
}

export interface SleepOptions extends TimerOptions {
  /** Aborts the sleep, which then rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Time as a parameter. Everything that waits, measures or creates timestamps takes a clock, so that tests control time. Durations are milliseconds.
 * Workflows use Temporal's clock instead.
 */
export interface Clock {
  /** Milliseconds since 1970; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start; never decreases. Use it to measure. */
  elapsed(): number;
  sleep(ms: number, options?: SleepOptions): Promise<void>;
  /** Calls `task` once. */
  after(ms: number, task: () => void, options?: TimerOptions): Stop;
  /** Calls `task` repeatedly, first after `ms`. */
  every(ms: number, task: () => void, options?: TimerOptions): Stop;
}

/** ISO 8601, as stored and shown. */
export function timestamp(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString();
}
