import { Agent, type IncomingMessage, type ServerResponse, createServer, request as send } from 'node:http';
import type { Clock } from '../../../domain/engine/clock.js';
import { listen } from '../../../dev/faults/loopback.js';

export interface ThrottlingProxy {
  readonly url: string;
  /** Requests a second that are passed on; others are answered as DynamoDB does when it throttles. */
  perSecond: number;
  passed: number;
  throttled: number;
  stop(): Promise<void>;
}

const BUSY = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
  message: 'The level of configured provisioned throughput for the table was exceeded.',
});

/** A proxy before a real DynamoDB with a bucket of its own: `perSecond` tokens a second, at most half a second's worth. */
export async function startThrottlingProxy(
  target: string,
  clock: Pick<Clock, 'elapsed'>,
): Promise<ThrottlingProxy> {
  const agent = new Agent({ keepAlive: true });
  const proxy = { perSecond: Number.POSITIVE_INFINITY, passed: 0, throttled: 0 };
  let tokens = 0;
  let filled = clock.elapsed();
  const hasToken = (): boolean => {
    if (proxy.perSecond === Number.POSITIVE_INFINITY) return true;
    const now = clock.elapsed();
    const most = Math.max(1, proxy.perSecond / 2);
    tokens = Math.min(most, tokens + ((now - filled) / 1_000) * proxy.perSecond);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  const server = createServer((request, response) => {
    if (hasToken()) {
      proxy.passed += 1;
      pass(target, agent, request, response);
      return;
    }
    proxy.throttled += 1;
    request.resume();
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(BUSY);
  });
  const { url, stop } = await listen(server);
  return Object.assign(proxy, {
    url,
    stop: () => {
      agent.destroy();
      return stop();
    },
  });
}

function pass(target: string, agent: Agent, request: IncomingMessage, response: ServerResponse): void {
  const { method = 'POST', url: path, headers } = request;
  const upstream = send(target, { method, headers, path, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => request.socket.destroy());
  request.pipe(upstream);
}
