export interface SleepOptions {
  /** Aborts the sleep, which then rejects. */
  readonly signal?: AbortSignal | undefined;
}

/** Time as a parameter, so that tests need not wait. */
export interface Clock {
  sleep(ms: number, options?: SleepOptions): Promise<void>;
}

/** The platform's timers. */
export const systemClock: Clock = {
  sleep: (ms, { signal } = {}) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        clearTimeout(timer);
        reject(abortReason(signal));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
    }),
};

/** Older React Native has neither `signal.reason` nor DOMException. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}
