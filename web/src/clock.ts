/** The only place that reads the time or starts timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls once after the time; the answer stops it. */
  after(ms: number, call: () => void): () => void;
  /** Calls again and again; the answer stops it. */
  every(ms: number, call: () => void): () => void;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  every(ms, call) {
    const timer = setInterval(call, ms);
    return () => clearInterval(timer);
  },
};
