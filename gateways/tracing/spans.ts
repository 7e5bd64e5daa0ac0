/** Creates spans. OpenTelemetry is not loaded here: until `useTracing` is called, these functions only call what they are given. */

export type Attributes = Readonly<Record<string, string | number>>;

export interface Tracing {
  span<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /** Runs `work` as a part of a trace that another process has begun. */
  continued<T>(traceparent: string, work: () => Promise<T>): Promise<T>;
  /** W3C traceparent of the span under way. */
  traceparent(): string | undefined;
  traceId(): string | undefined;
}

let tracing: Tracing | undefined;

/** Sets the tracing of the whole process from now on. */
export function useTracing(used: Tracing | undefined): void {
  tracing = used;
}

/** Attributes MUST NOT contain texts, names or numbers of people. */
export function spanned<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return tracing === undefined ? work() : tracing.span(name, attributes, work);
}

export function continuedFrom<T>(traceparent: string | null | undefined, work: () => Promise<T>): Promise<T> {
  return tracing === undefined || traceparent === null || traceparent === undefined
    ? work()
    : tracing.continued(traceparent, work);
}

export function currentTraceparent(): string | undefined {
  return tracing?.traceparent();
}

/** The current trace's id, for every line of the log. */
export function currentTraceId(): string | undefined {
  return tracing?.traceId();
}
