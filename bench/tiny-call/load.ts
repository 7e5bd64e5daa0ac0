/**
 * A load generator, as a process: each connection sends one request after the other, as fast as they are answered or at a rate. Its argument is a Load; it sends a
 * LoadResult to its parent and ends.
 */
import autocannon from 'autocannon';
import { scriptArgument } from '../world/child.js';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, string>> }[];
  /** Of all connections together; default: as many as are answered. */
  readonly perSecond?: number;
  /** The number of requests, instead of `seconds`. */
  readonly amount?: number;
}

export interface LoadResult {
  /** Requests a second over the whole time. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly failed: number;
}

const { url, connections, seconds, requests, perSecond, amount } = await scriptArgument<Load>();
const result = await autocannon({
  url,
  connections,
  ...(perSecond === undefined ? {} : { overallRate: perSecond }),
  ...(amount === undefined ? { duration: seconds } : { amount }),
  requests: requests.map(({ path, headers }) => ({ method: 'GET', path, headers: { ...headers } })),
});
const { latency, statusCodeStats = {} } = result as typeof result & {
  statusCodeStats?: Record<string, { count?: number }>;
};
const answers = Object.fromEntries(
  Object.entries(statusCodeStats).map(([status, { count }]) => [status, count ?? 0]),
);
process.send?.({
  perSecond: result.requests.total / result.duration,
  p50: latency.p50,
  p99: latency.p99,
  answers,
  failed: result.errors + result.timeouts,
} satisfies LoadResult);
process.disconnect?.();
