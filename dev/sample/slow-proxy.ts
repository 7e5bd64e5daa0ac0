import { Agent, createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SlowProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a proxy that delays every answer of a DynamoDB, so that a migration lasts long enough to be watched and steered. */
export async function startSlowProxy(target: string, delayMs: number): Promise<SlowProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    const { method = 'POST', url: path, headers } = request;
    const upstream = send(target, { method, headers, path, agent }, (answer) => {
      void sleep(delayMs).then(() => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
    });
    upstream.on('error', () => request.socket.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
